-- Redis keeps these functions ready, where a script would make each of its own anew at every call.
-- `make` gets the table in which a call's keys stand by name, and gives the function that answers a call. A shop's keys
-- all change with the first. What functions keep between calls they make anew after one that failed half-way, or was killed.
local function register(name, key_names, flags, make)
  local keys = {}
  local answer
  local function callback(given, arguments)
    if not call then call, pack, sub, read_bytes, to_bytes, unpack, ipairs = globals() end
    local ready = answer or make(keys)
    answer = nil
    if keys[key_names[1]] ~= given[1] then
      for index = 1, #key_names do keys[key_names[index]] = given[index] end
    end
    local reply = ready(arguments)
    answer = ready
    return reply
  end
  redis.register_function({ function_name = LIBRARY .. '_' .. name, flags = flags, callback = callback })
end
