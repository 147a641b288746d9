-- Working copies of records: reads fall through to the state before the batch, writes stay here until the end.
-- A record is never changed in place: a step sets a new one, and the journal keeps the old one until its transaction is
-- through, so that a transaction that is refused or fails half-way is undone without a trace.
local function layer(load)
  return { load = load, now = {}, before = {}, changed = {} }
end

local stock, holds, documents, counts = layer(load_stock), layer(load_hold), layer(load_document), layer(load_count)
local requests = layer(load_request)
local journal, journal_length = {}, 0

-- The record, or false where there is none. Raises where it cannot be decoded.
local function get(of, key)
  local value = of.now[key]
  if value == nil then
    value = of.load(key)
    of.now[key] = value
  end
  return value
end

-- Whoever sets has got before.
local function set(of, key, value)
  local old = of.now[key]
  if of.before[key] == nil then
    of.before[key] = old
    of.changed[#of.changed + 1] = key
  end
  journal[journal_length + 1], journal[journal_length + 2], journal[journal_length + 3] = of, key, old
  journal_length = journal_length + 3
  of.now[key] = value
end

local function keep_changes()
  journal_length = 0
end

local function undo_changes()
  for index = journal_length, 3, -3 do
    journal[index - 2].now[journal[index - 1]] = journal[index]
  end
  journal_length = 0
end
