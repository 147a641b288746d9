#!lua flags=no-writes
-- Returns raw records for read requests, from one snapshot: { at, sequence, answers }.
-- KEYS  meta stock holds ended:0 ended:1 docs requests:short:0 requests:short:1 requests:long:0 requests:long:1 counts
--       due:holds due:skus due:docs
-- ARGV[1]  msgpack: generation, clock or false, floor of the time, latest time or false, requests of
-- { SKUs, holds, documents, requests }, epoch, floor of the sequence
-- @include records
-- @include shop-time
-- @include shop
-- @include sources
-- @include remembering
-- @include positions
-- @include overdue-units

local earliest_of, overdue_of

local function collect(requests, field)
  local items = { n = 0 }
  for _, request in ipairs(requests) do
    for _, item in ipairs(request[field]) do add(items, item) end
  end
  return items
end

-- Returns the holds that a document refers to; none for an undecodable document, which the process reports.
local function referred(key)
  if not raw_documents[key] then return {} end
  local ok, document = pcall(decode, 'document', key, raw_documents[key])
  return ok and document[REFERS] or {}
end

local function fetch_referred(names)
  local hold_ids = { n = 0 }
  for _, key in ipairs(names) do
    for _, hold_id in ipairs(referred(key)) do add(hold_ids, hold_id) end
  end
  fetch_holds(hold_ids)
end

local function pick(values, names)
  local picked = {}
  for index, name in ipairs(names) do picked[index] = values[name] or false end
  return picked
end

local function numbers(values, names)
  local picked = pick(values, names)
  for index, value in ipairs(picked) do picked[index] = value and digits(value) end
  return picked
end

local function answer(request)
  local skus, hold_ids, names, ids = unpack(request)
  local referring = {}
  for index, key in ipairs(names) do referring[index] = pick(raw_holds, referred(key)) end
  return { pick(raw_stock, skus), pick(raw_holds, hold_ids), pick(raw_documents, names), numbers(raw_due, names),
    referring, pick(raw_requests, ids), numbers(earliest_of, skus), numbers(overdue_of, skus) }
end

-- Usually no SKU is overdue, and nothing more is read.
local function find_overdue(skus, at)
  overdue_of = {}
  local begun = false
  for _, sku in ipairs(skus) do
    if overdue_of[sku] == nil and earliest_of[sku] and earliest_of[sku] <= at then
      if not begun then overdue_units.begin() end
      begun = true
      overdue_of[sku] = overdue_units.of(sku, at) or false
    end
  end
end

-- If the wall clock has stepped ahead, returns a time that the process considers possible. The next batch detects the
-- step.
local function time_of_read(clock, floor, latest)
  local wall = shop_time.wall(clock)
  local now = wall + shop_time.offset_at(wall)
  if latest and now > latest then now = latest - SHOP_CLOCK.STEP_MS end
  return shop_time.never_back(now, floor, meta.at)
end

local function read(generation, clock, floor, latest, requests, epoch, floor_sequence)
  earliest_of = {}
  forget_sources()
  read_meta()
  local fault = shop_fault(generation)
  if fault then return fault end
  if not batch.is_in_epoch(epoch, floor_sequence) then return redis.error_reply(batch.OTHER_EPOCH) end
  local at = time_of_read(clock, floor, latest)
  find_slots(shop_time.in_use(meta.at or 0, false, false))
  local skus, names = collect(requests, 1), collect(requests, 3)
  fetch_stock(skus)
  fetch_scores(keys['due:skus'], skus, earliest_of)
  find_overdue(skus, at)
  fetch_holds(collect(requests, 2))
  fetch_documents(names)
  fetch_referred(names)
  fetch_requests(collect(requests, 4))
  local answers = {}
  for index, request in ipairs(requests) do answers[index] = answer(request) end
  return { digits(at), digits(meta.sequence or 0), answers }
end

return function(ARGV) return read(unpack(cmsgpack.unpack(ARGV[1]))) end
