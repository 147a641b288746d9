-- Compares what a batch was decided on with what is there. What differs is sent back, so that the batch can be decided again:
-- for each a kind, a name, the record or false, and when it is due.
local stale = {}
local names = { n = 0 }

local function add_stale(kind, name, raw, due)
  append(stale, kind, name)
  append(stale, raw or false, due and digits(due) or false)
end

-- Guards are those of write-set.ts. Mostly a guard is the number of units that have to be free.
local function is_guarded(guard, on_hand, reserved, sold)
  if guard == '' or guard == 'R' then return true end
  local free = tonumber(guard)
  if free then return on_hand - reserved >= free end
  local kind, first, second, third = string.match(guard, '^([EM]?) ?(%-?%d+) ?(%-?%d*) ?(%-?%d*)R?$')
  first, second, third = tonumber(first), tonumber(second), tonumber(third)
  if kind == 'E' then return on_hand == first and reserved == second and sold == third end
  if kind == 'M' then return on_hand - reserved >= first and sold >= second and on_hand <= third end
  return on_hand - reserved >= first
end

-- The counters of each SKU of the part and the version of its settings, by its place in the part.
local seen = { on_hand = {}, reserved = {}, sold = {}, settings = {} }

local function see_stock(index, raw)
  if #raw < STOCK.SETTINGS then return false end
  local _
  seen.on_hand[index], seen.reserved[index], seen.sold[index], _, _, seen.settings[index] =
    struct.unpack('>i8i8i8I8I4I8', raw, STOCK.COUNTERS)
  return true
end

local function is_as_expected(index, raw, expected, guard)
  if not raw then return expected == '' end
  return see_stock(index, raw) and seen.settings[index] == tonumber(expected)
    and is_guarded(guard, seen.on_hand[index], seen.reserved[index], seen.sold[index])
end

local function check_stock()
  local from, count = write_set.from.stock, write_set.count.stock
  if count == 0 then return end
  fetch_stock(names_of('stock', 5, names))
  for index = 1, count do
    local at = from + 1 + (index - 1) * 5
    local sku = A[at]
    local raw = raw_stock[sku]
    if not is_as_expected(index, raw, A[at + 1], A[at + 2]) then add_stale('stock', sku, raw) end
  end
end

-- Records begin with the sequence of their last change. When a document is due stands beside it, and changes without it.
local function version_of(raw, due)
  if not raw then return '' end
  if #raw < STAMP_BYTES then return false end
  local version = digits(stamped_version(raw))
  return due and version .. ' ' .. digits(due) or version
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
