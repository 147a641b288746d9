-- The parts of a batch's write set, which write-set.ts encodes. The numbers of all parts are in the first argument, and
-- the texts begin with the third. The numbers of a part begin at `numbers[part]`, its texts after `from[part]`. It has
-- `count[part]` items of WIDTHS[part] texts and BYTES[part] bytes each. The tables are reused by later calls.
local write_set = { shape = {}, from = {}, numbers = {}, count = {}, names = {} }
local A, N

-- Returns the parts that are present. Their bits are in the order of PARTS. `rows_of` adds what it derives from them.
local function make_shape(bits)
  local shape = { counts = '>' }
  for _, part in ipairs(PARTS) do
    if bits % 2 == 1 then shape[#shape + 1], shape.counts = part, shape.counts .. 'I3' end
    bits = (bits - bits % 2) / 2
  end
  return shape
end

local shapes

-- Returns the rows of a table for the parts that are present, in the order of PARTS.
local function rows_of(table)
  local rows = write_set.shape[table]
  if not rows then
    rows = {}
    for _, part in ipairs(write_set.shape) do rows[#rows + 1] = table[part] end
    write_set.shape[table] = rows
  end
  return rows
end

-- `at` is the offset of the write set in the numbers.
function write_set.begin(arguments, at)
  local count, numbers, from = write_set.count, write_set.numbers, 2
  A, N = arguments, arguments[1]
  for index = 1, #write_set.shape do count[write_set.shape[index]] = 0 end
  local shape = shapes[read_bytes('>I3', N, at)]
  local counts = { read_bytes(shape.counts, N, at + 3) }
  at = counts[#counts]
  for index = 1, #shape do
    local part, items = shape[index], counts[index]
    write_set.from[part], count[part], numbers[part] = from, items, at
    from, at = from + items * WIDTHS[part], at + items * BYTES[part]
  end
  write_set.shape = shape
end

for _, part in ipairs(PARTS) do
  write_set.from[part], write_set.numbers[part], write_set.count[part], write_set.names[part] = 0, 0, 0, { n = 0 }
end

-- Returns the first and the last index of a part's texts.
local function range_of(part)
  local from = write_set.from[part]
  return from + 1, from + write_set.count[part] * WIDTHS[part]
end

-- Reads the fields of a hash that are the texts from `first` to `last`. Returns their values, or false, in their order.
-- The list of a single value is `kept`.
local function fetch_range(key, first, last, kept)
  if first == last then
    kept[1] = call('HGET', key, A[first])
    return kept
  end
  local values
  for from = first, last, CHUNK_MAX do
    local to = from + CHUNK_MAX - 1
    local more = call('HMGET', key, unpack(A, from, to < last and to or last))
    if from == first then values = more end
    for index = 1, from > first and #more or 0 do values[from - first + index] = more[index] end
  end
  return values
end

local function write_range(command, key, first, last)
  for from = first, last, CHUNK_MAX do
    local to = from + CHUNK_MAX - 1
    call(command, key, unpack(A, from, to < last and to or last))
  end
end

-- Returns the first text of each item of a part. Each part has a list of its own, because `forget_sources` needs the
-- list that was fetched.
local function names_of(part)
  local names, from, width = write_set.names[part], write_set.from[part], WIDTHS[part]
  names.n = write_set.count[part]
  for index = 1, names.n do names[index] = A[from + 1 + (index - 1) * width] end
  return names
end
