#!lua flags=no-writes
-- Returns some records of a kind, and the sequence of the snapshot: { sequence, next cursor, names, records, due,
-- total of the kind }.
-- KEYS  meta stock holds docs due:docs
-- ARGV[1]  stock, holds or documents
-- ARGV[2]  the cursor
-- ARGV[3]  the approximate number of records

local HASHES = { stock = 'stock', holds = 'holds', documents = 'docs' }

local function scan(kind, cursor, limit)
  local found = redis.call('HSCAN', keys[HASHES[kind]], cursor, 'COUNT', limit)
  local names, values, scores, due = { n = 0 }, {}, {}, {}
  for index = 1, #found[2], 2 do
    add(names, found[2][index])
    values[#values + 1] = found[2][index + 1]
  end
  if kind == 'documents' then fetch_scores(keys['due:docs'], names, scores) end
  for index, name in ipairs(names) do due[index] = scores[name] and digits(scores[name]) or false end
  return { redis.call('HGET', keys.meta, 'sequence') or '0', found[1], names, values, due, redis.call('HLEN', keys[HASHES[kind]]) }
end

return function(ARGV) return scan(ARGV[1], ARGV[2], ARGV[3]) end
