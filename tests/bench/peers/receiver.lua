-- The receiver in Lua, in nginx. OUTPUT is the file that the users go to;
-- FDATASYNC=1: they are on disk before the answer.
local json = require "cjson.safe"

local function answer(status, line)
	ngx.status = status
	ngx.say(line)
end

ngx.header.content_type = "text/plain"
ngx.req.read_body()
local users = json.decode(ngx.req.get_post_args(0).users)
if type(users) ~= "table" then
	return answer(400, "users is not a JSON list")
end
local lines = {}
for i, user in ipairs(users) do
	if type(user) ~= "table" or user["$distinct_id"] == nil then
		return answer(400, "a user has no $distinct_id")
	end
	lines[i] = json.encode(user)
end
lines[#users + 1] = ""
-- In a thread, so that the worker goes on while this one waits for the disk.
local ran, stored = ngx.run_worker_thread("disk", "append", "append",
	table.concat(lines, "\n"))
if not ran or not stored then
	return answer(503, "not stored")
end
answer(200, "stored " .. #users .. " users")
