-- What receiver.lua does in a thread: append LINES to OUTPUT, and wait until they
-- are on disk if FDATASYNC=1. Lua's own library has no call for that.
local ffi = require "ffi"
ffi.cdef [[
int open(const char *path, int flags, int mode);
long write(int fd, const char *from, size_t size);
int fdatasync(int fd);
]]

local O_WRONLY, O_CREAT, O_APPEND = 0x1, 0x40, 0x400
local fd = ffi.C.open(os.getenv("OUTPUT"), O_WRONLY + O_CREAT + O_APPEND, 384)
local fdatasync = os.getenv("FDATASYNC") == "1"

-- One write a request: appended as a whole.
local function append(lines)
	return ffi.C.write(fd, lines, #lines) == #lines
		and (not fdatasync or ffi.C.fdatasync(fd) == 0)
end

return { append = append }
