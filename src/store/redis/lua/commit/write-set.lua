-- The parts of a batch's write set, as write-set.ts lays them out: one list after the other in the arguments, after two of others. Most
-- batches have few of them. A part's list begins after `from[part]` and has `count[part]` items of WIDTHS[part] arguments.
-- `present` are the parts that the batch has, in the order of PARTS. The tables are filled again from call to call.
local write_set = { present = { n = 0 }, from = {}, count = {}, names = {} }
local A

-- `sizes` has the place in PARTS and the number of items of each part that is present.
function write_set.begin(arguments, sizes)
  local present, count = write_set.present, write_set.count
  for index = 1, present.n do count[present[index]] = 0 end
  emptied(present)
  local from = 2
  for index = 1, #sizes, 2 do
    local part, items = PARTS[sizes[index]], sizes[index + 1]
    add(present, part)
    write_set.from[part], count[part] = from, items
    from = from + items * WIDTHS[part]
  end
  A = arguments
end

for _, part in ipairs(PARTS) do
  write_set.from[part], write_set.count[part], write_set.names[part] = 0, 0, { n = 0 }
end

-- The places of a part's arguments, the first and the last.
local function range_of(part)
  local from = write_set.from[part]
  return from + 1, from + write_set.count[part] * WIDTHS[part]
end

local function write_range(command, key, first, last)
  for from = first, last, CHUNK_MAX do
    local to = from + CHUNK_MAX - 1
    call(command, key, unpack(A, from, to < last and to or last))
  end
end

-- The first argument of each item of a part. Each part has a list of its own, because what is fetched by names is forgotten by
-- the same list (sources.lua).
local function names_of(part)
  local names, from, width = write_set.names[part], write_set.from[part], WIDTHS[part]
  names.n = write_set.count[part]
  for index = 1, names.n do names[index] = A[from + 1 + (index - 1) * width] end
  return names
end
