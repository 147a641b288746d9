-- Compares what a batch was decided on with what is there. What differs is sent back, so that the batch can be decided again:
-- for each a kind, a name, the record or false, and when it is due.
local stale = {}
local STALE_HEAD = 3

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

local function fetch_seen(skus)
  if skus.n == 1 then
    seen.raw[1] = call('HGET', keys.stock, skus[1])
    return
  end
  for first = 1, skus.n, CHUNK_MAX do
    local last = first + CHUNK_MAX - 1
    if last > skus.n then last = skus.n end
    local raws = call('HMGET', keys.stock, unpack(skus, first, last))
    if first == 1 then seen.raw = raws else for index = first, last do seen.raw[index] = raws[index - first + 1] end end
  end
end

-- Of each part that expects something, a check of what is there.
local checks = {}

function checks.stock()
  local skus, from = names_of('stock'), write_set.from.stock
  fetch_seen(skus)
  for index = 1, skus.n do
    local raw = seen.raw[index]
    if not is_as_expected(index, raw, A[from + index * 3 - 1]) then add_stale('stock', skus[index], raw) end
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
  local names, from = names_of(part), write_set.from[part]
  fetch(names)
  for index = 1, names.n do
    local name = names[index]
    local raw = values[name]
    local due = kind == 'document' and raw_due[name]
    if version_of(raw, due) ~= A[from + index * 2] then add_stale(kind, name, raw, due) end
  end
end

function checks.hold_versions() check_versions('hold_versions', 'hold', raw_holds, fetch_holds) end

function checks.document_versions() check_versions('document_versions', 'document', raw_documents, fetch_documents) end

function checks.requests()
  local ids = names_of('requests')
  fetch_requests(ids)
  for index = 1, ids.n do
    local raw = raw_requests[ids[index]]
    if raw then add_stale('request', ids[index], raw) end
  end
end

function checks.count_values()
  local names, from = names_of('count_values'), write_set.from.count_values
  fetch_counts(names)
  for index = 1, names.n do
    local found = raw_counts[names[index]]
    if (found or '') ~= A[from + index * 2] then add_stale('count', names[index], found) end
  end
end

local function find_stale()
  stale = { 'stale', batch.at_digits, digits(batch.sequence), n = STALE_HEAD }
  local present = write_set.present
  for index = 1, present.n do
    local check = checks[present[index]]
    if check then check() end
  end
  return stale
end
