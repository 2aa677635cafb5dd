-- What wrk sends, and what it says at the end. BODY is the file with the form;
-- PATHS, where set, are paths to take in turn.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.body = file:read("*a")
file:close()

if os.getenv("PATHS") then
	local requests, next_one = {}, 0
	function init()
		for path in os.getenv("PATHS"):gmatch("%S+") do
			requests[#requests + 1] = wrk.format(nil, path)
		end
	end
	function request()
		next_one = next_one % #requests + 1
		return requests[next_one]
	end
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
	    "{\"posts\":%d,\"us\":%d,\"refused\":%d,\"broken\":%d,\"p50\":%d,\"p99\":%d}\n",
	    summary.requests, summary.duration, errors.status,
	    errors.connect + errors.read + errors.write + errors.timeout,
	    latency:percentile(50), latency:percentile(99)))
end
