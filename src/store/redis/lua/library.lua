-- Redis keeps these functions ready, where a script would make each of its own anew at every call.
-- `make` gets the table in which a call's keys stand by name, and gives the function that answers a call.
local function register(name, key_names, flags, make)
  local keys = {}
  local answer = make(keys)
  local function callback(given, arguments)
    for index = 1, #key_names do keys[key_names[index]] = given[index] end
    return answer(arguments)
  end
  redis.register_function({ function_name = LIBRARY .. '_' .. name, flags = flags, callback = callback })
end
