-- Compares what a batch was decided on with what is there. What differs is sent back, so that the batch can be decided again:
-- for each a kind, a name, the record or false, and when it is due.
local stale = {}
local STALE_HEAD = 3
local names = { n = 0 }

local function add_stale(kind, name, raw, due)
  append(stale, kind, name)
  append(stale, raw or false, due and digits(due) or false)
end

-- Guards are those of write-set.ts, behind the version of the settings.
local GUARD, GUARD_NUMBERS = 10, 11
local guards = {}

function guards.N() return true end

function guards.F(text, on_hand, reserved)
  return on_hand - reserved >= signed_wide(text, GUARD_NUMBERS)
end

function guards.M(text, on_hand, reserved, sold)
  return guards.F(text, on_hand, reserved) and sold >= wide(text, GUARD_NUMBERS + 8)
    and on_hand <= wide(text, GUARD_NUMBERS + 16)
end

function guards.E(text, on_hand, reserved, sold)
  return on_hand == wide(text, GUARD_NUMBERS) and reserved == wide(text, GUARD_NUMBERS + 8)
    and sold == wide(text, GUARD_NUMBERS + 16)
end

-- Of each SKU of the part, by its place there: its record or false, its counters, and the version of its settings. A table whose
-- keys are names would be rehashed in each batch.
local seen = { raw = {}, on_hand = {}, reserved = {}, sold = {}, settings = {} }

local function see_stock(index, raw)
  if #raw < STOCK.SETTINGS then return false end
  local _
  seen.on_hand[index], seen.reserved[index], seen.sold[index], _, _, seen.settings[index] =
    struct.unpack('>i8i8i8I8I4I8', raw, STOCK.COUNTERS)
  return true
end

local function is_as_expected(index, raw, expected)
  if not raw or expected == '' then return not raw and expected == '' end
  return see_stock(index, raw) and seen.settings[index] == wide(expected, 1)
    and guards[sub(expected, GUARD, GUARD)](expected, seen.on_hand[index], seen.reserved[index], seen.sold[index])
end

local function fetch_seen(count)
  local skus = names_of('stock', 3, names)
  if count == 1 then
    seen.raw[1] = call('HGET', keys.stock, skus[1])
    return
  end
  for first = 1, count, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    if last > count then last = count end
    local raws = call('HMGET', keys.stock, unpack(skus, first, last))
    if first == 1 then seen.raw = raws else for index = first, last do seen.raw[index] = raws[index - first + 1] end end
  end
end

local function check_stock()
  local from, count = write_set.from.stock, write_set.count.stock
  if count == 0 then return end
  fetch_seen(count)
  for index = 1, count do
    local at = from + 1 + (index - 1) * 3
    local raw = seen.raw[index]
    if not is_as_expected(index, raw, A[at + 1]) then add_stale('stock', A[at], raw) end
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
  stale = { 'stale', batch.at_digits, digits(batch.sequence), n = STALE_HEAD }
  check_stock()
  check_versions('hold_versions', 'hold', raw_holds, fetch_holds)
  check_versions('document_versions', 'document', raw_documents, fetch_documents)
  check_requests()
  check_counts()
  return stale
end
