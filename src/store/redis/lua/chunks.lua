-- `unpack` puts its values on Lua's stack, which ends at about 8,000.
local CHUNK_MAX = 4000

-- Fields of a hash into a table by field: the value, or false where there is none.
local function fetch_fields(key, fields, into)
  for first = 1, #fields, CHUNK_MAX do
    local values = redis.call('HMGET', key, unpack(fields, first, math.min(first + CHUNK_MAX - 1, #fields)))
    for index = 1, #values do into[fields[first + index - 1]] = values[index] end
  end
end

-- Scores of a sorted set into a table by member: the number, or false where there is none.
local function fetch_scores(key, members, into)
  for first = 1, #members, CHUNK_MAX do
    local scores = redis.call('ZMSCORE', key, unpack(members, first, math.min(first + CHUNK_MAX - 1, #members)))
    for index = 1, #scores do into[members[first + index - 1]] = tonumber(scores[index]) or false end
  end
end

-- One command of many arguments; `arguments` may hold pairs, and no chunk ends within one.
local function write_many(command, key, arguments)
  for first = 1, #arguments, CHUNK_MAX do
    redis.call(command, key, unpack(arguments, first, math.min(first + CHUNK_MAX - 1, #arguments)))
  end
end

local function append(arguments, first, second)
  local length = #arguments
  arguments[length + 1] = first
  arguments[length + 2] = second
end
