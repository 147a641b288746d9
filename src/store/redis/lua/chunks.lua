-- `unpack` puts its values on Lua's stack, which ends at about 8,000.
local CHUNK_MAX = 4000
local call = redis.call

local function in_chunks(list, each)
  for first = 1, #list, CHUNK_MAX do
    each(first, math.min(first + CHUNK_MAX - 1, #list))
  end
end

-- Fields of a hash into a table by field: the value, or false where there is none.
local function fetch_fields(key, fields, into)
  in_chunks(fields, function(first, last)
    local values = call('HMGET', key, unpack(fields, first, last))
    for index = 1, #values do into[fields[first + index - 1]] = values[index] end
  end)
end

-- Scores of a sorted set into a table by member: the number, or false where there is none.
local function fetch_scores(key, members, into)
  in_chunks(members, function(first, last)
    local scores = call('ZMSCORE', key, unpack(members, first, last))
    for index = 1, #scores do into[members[first + index - 1]] = tonumber(scores[index]) or false end
  end)
end

-- One command of many arguments; `arguments` may hold pairs, and no chunk ends within one.
local function write_many(command, key, arguments)
  in_chunks(arguments, function(first, last)
    call(command, key, unpack(arguments, first, last))
  end)
end
