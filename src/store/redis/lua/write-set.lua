-- The parts of a batch's write set, as write-set.ts lays them out: one list after the other in the arguments, after two of others. A part's list
-- begins after `from[part]` and has `count[part]` items of WIDTHS[part] arguments.
local PARTS = { 'stock', 'hold_versions', 'document_versions', 'requests', 'count_values', 'new_holds', 'live_holds',
  'ended_holds', 'dropped_holds', 'documents', 'dropped_documents', 'short_requests', 'long_requests', 'counts',
  'dropped_counts', 'due_removed', 'due_added', 'due_documents', 'lists', 'ledger_skus', 'ledger', 'stamps' }
local WIDTHS = { 3, 2, 2, 1, 2, 2, 2, 2, 1, 2, 1, 2, 2, 2, 1, 1, 3, 2, 3, 1, 1, 1 }
local write_set = { from = {}, count = {} }
local A

function write_set.begin(arguments, counts)
  A = arguments
  local from = 2
  for index = 1, #PARTS do
    local part = PARTS[index]
    write_set.from[part], write_set.count[part] = from, counts[index]
    from = from + counts[index] * WIDTHS[index]
  end
end

-- The places of a part's arguments, the first and the last.
local function range_of(part, width)
  local from = write_set.from[part]
  return from + 1, from + write_set.count[part] * width
end

local function write_range(command, key, first, last)
  for from = first, last, CHUNK_MAX do
    local to = from + CHUNK_MAX - 1
    call(command, key, unpack(A, from, to < last and to or last))
  end
end

-- The first argument of each item of a part.
local function names_of(part, width, into)
  local from, count = write_set.from[part], write_set.count[part]
  for index = 1, count do into[index] = A[from + 1 + (index - 1) * width] end
  into.n = count
  return into
end
