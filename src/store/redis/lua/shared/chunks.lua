-- Commands for many values. A list has its length in `n`, and is reused by later calls, because a new table costs as
-- much as a command. A chunk is limited because `unpack` needs Lua's stack, which has room for about 8,000 values.
local CHUNK_MAX = 4000

local function add(list, value)
  local length = list.n + 1
  list[length], list.n = value, length
end

local function append(list, first, second)
  local length = list.n
  list[length + 1], list[length + 2], list.n = first, second, length + 2
end

-- Reads fields of a hash into a table: the value of each field, or false.
local function fetch_fields(key, fields, into)
  local length = fields.n
  if length == 1 then
    into[fields[1]] = call('HGET', key, fields[1])
    return
  end
  for first = 1, length, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    if last > length then last = length end
    local values = call('HMGET', key, unpack(fields, first, last))
    for index = first, last do into[fields[index]] = values[index - first + 1] end
  end
end

-- Reads scores of a sorted set into a table: the score of each member, or false.
local function fetch_scores(key, members, into)
  local length = members.n
  if length == 1 then
    local score = call('ZSCORE', key, members[1])
    into[members[1]] = score and tonumber(score)
    return
  end
  for first = 1, length, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    if last > length then last = length end
    local scores = call('ZMSCORE', key, unpack(members, first, last))
    for index = first, last do
      local score = scores[index - first + 1]
      into[members[index]] = score and tonumber(score)
    end
  end
end

-- Calls a command with many arguments, in chunks that do not separate pairs. `option` precedes them in each chunk.
local function write_many(command, key, arguments, option)
  local length = arguments.n
  for first = 1, length, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    if last > length then last = length end
    if option then
      call(command, key, option, unpack(arguments, first, last))
    else
      call(command, key, unpack(arguments, first, last))
    end
  end
end
