-- What all functions of the library ask for again and again: a local is quicker than a global. While the library is loaded
-- there are no globals yet; the first call takes them.
local function globals()
  return redis.call, cmsgpack.pack, string.sub, struct.unpack, struct.pack, unpack, ipairs
end

local call, pack, sub, read_bytes, to_bytes, unpack, ipairs
