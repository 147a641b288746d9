-- Locals for global functions, because a local is faster. While Redis loads the library the globals do not exist yet,
-- so the first call sets the locals.
local function globals()
  return redis.call, cmsgpack.pack, string.sub, struct.unpack, struct.pack, unpack, ipairs
end

local call, pack, sub, read_bytes, to_bytes, unpack, ipairs
