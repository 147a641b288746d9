-- Counts of units by holder. Each group has the values that its counts must have and get. 0 stands for an absent count.
local count_writes = { found = {}, puts = { n = 0 }, dropped = { n = 0 } }
local GROUP = '>i8i8I3'

function count_writes.begin()
  count_writes.puts.n, count_writes.dropped.n = 0, 0
end

-- Compares the counts of a group, whose names are after `from`, and collects their writes.
function count_writes.check(found, from, first, last, before, after)
  local expected = before > 0 and digits(before)
  local is_changed = after ~= before
  local value = is_changed and after > 0 and digits(after)
  local puts = count_writes.puts
  local length = puts.n
  for index = first, last do
    if found[index] ~= expected then
      add_stale('count', A[from + index], found[index])
    elseif value then
      puts[length + 1], puts[length + 2] = A[from + index], value
      length = length + 2
    elseif is_changed then
      add(count_writes.dropped, A[from + index])
    end
  end
  puts.n = length
end

function checks.counts()
  local from, at, index = write_set.from.counts, write_set.numbers.count_groups, 1
  local found = fetch_range(keys.counts, from + 1, from + write_set.count.counts, count_writes.found)
  count_writes.found = found
  for _ = 1, write_set.count.count_groups do
    local before, after, number = read_bytes(GROUP, N, at)
    count_writes.check(found, from, index, index + number - 1, before, after)
    index, at = index + number, at + BYTES.count_groups
  end
end

function count_writes.write()
  if count_writes.puts.n > 0 then write_many('HSET', keys.counts, count_writes.puts) end
  if count_writes.dropped.n > 0 then write_many('HDEL', keys.counts, count_writes.dropped) end
end
