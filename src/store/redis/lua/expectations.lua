-- Compares what a batch was decided on with what is there. What differs is sent back, so that the batch can be decided again:
-- for each a kind, a name, the record or false, and when it is due.
local stale = {}
local names = { n = 0 }

local function add_stale(kind, name, raw, due)
  append(stale, kind, name)
  append(stale, raw or false, due and digits(due) or false)
end

-- A guard begins with E, and the counters have to be just so; or with M, and there must be so much of each. An R at its end is for
-- overdue-holds.lua.
local function is_guarded(raw, guard)
  if guard == '' then return true end
  if string.byte(guard) == 69 then return sub(raw, STOCK.COUNTERS, STOCK.COUNTERS_END) == sub(guard, 2, 25) end
  local free, sold, most = struct.unpack('>i8i8i8', guard, 2)
  local on_hand, reserved, sold_now = counters_of(raw)
  return on_hand - reserved >= free and sold_now >= sold and on_hand <= most
end

local function check_stock()
  local from, count = write_set.from.stock, write_set.count.stock
  if count == 0 then return end
  fetch_stock(names_of('stock', 5, names))
  for index = 1, count do
    local at = from + 1 + (index - 1) * 5
    local sku, expected = A[at], A[at + 1]
    local raw = raw_stock[sku]
    local same
    if raw then
      same = #raw >= STOCK.SETTINGS and sub(raw, STOCK.SETTINGS_VERSION, STOCK.SETTINGS - 1) == expected
        and is_guarded(raw, A[at + 2])
    else
      same = expected == ''
    end
    if not same then add_stale('stock', sku, raw) end
  end
end

-- Records begin with the sequence of their last change. When a document is due stands beside it, and changes without it.
local function version_of(raw, due)
  if not raw then return '' end
  return due and sub(raw, 1, 8) .. digits(due) or sub(raw, 1, 8)
end

local function check_versions(part, kind, values, fetch)
  local from, count = write_set.from[part], write_set.count[part]
  if count == 0 then return end
  fetch(names_of(part, 2, names))
  for index = 1, count do
    local at = from + 1 + (index - 1) * 2
    local name, expected = A[at], A[at + 1]
    local raw = values[name]
    local due = kind == 'document' and raw_due[name]
    if version_of(raw, due) ~= expected then add_stale(kind, name, raw, due) end
  end
end

local function check_requests()
  if write_set.count.requests == 0 then return end
  fetch_requests(names_of('requests', 1, names))
  for index = 1, names.n do
    local raw = raw_requests[names[index]]
    if raw then add_stale('request', names[index], raw) end
  end
end

local function check_counts()
  local from, count = write_set.from.count_values, write_set.count.count_values
  if count == 0 then return end
  fetch_counts(names_of('count_values', 2, names))
  for index = 1, count do
    local at = from + 1 + (index - 1) * 2
    local found = raw_counts[A[at]]
    if (found or '') ~= A[at + 1] then add_stale('count', A[at], found) end
  end
end

local function find_stale()
  stale = { 'stale', batch.at_digits, digits(batch.sequence), n = 3 }
  check_stock()
  check_versions('hold_versions', 'hold', raw_holds, fetch_holds)
  check_versions('document_versions', 'document', raw_documents, fetch_documents)
  check_requests()
  check_counts()
  return stale
end
