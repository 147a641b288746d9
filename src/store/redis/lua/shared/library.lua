-- Registers a function of the library. Redis keeps it between calls, while a script would create its functions in each
-- call. `make` receives the table of the keys by name, and returns the function that handles calls. If the first key is
-- of another shop, so are the others. After a call that failed or was killed, `make` is called again, because that call
-- may have left its state incomplete.
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
