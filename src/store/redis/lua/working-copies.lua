-- Working copies of records: reads fall through to the state before the batch, writes stay here until the end.
-- A record is never changed in place: a step sets a new one, and the journal keeps the old one until its transaction is
-- through, so that a transaction that is refused or fails half-way is undone without a trace.
local function layer(load_record)
  return { load = load_record, now = {}, before = {}, keys = {} }
end

local stock, holds, counts = layer(load.stock), layer(load.hold), layer(load.count)
local documents, dues = layer(load.document), layer(load.due_at)
local journal, journal_length = {}, 0

-- The record, or false where there is none. Raises where it cannot be decoded.
local function get(of, key)
  local value = of.now[key]
  if value ~= nil then return value end
  value = of.load(key)
  of.now[key], of.before[key] = value, value
  of.keys[#of.keys + 1] = key
  return value
end

-- Whoever sets has got before.
local function set(of, key, value)
  local length = journal_length
  journal[length + 1], journal[length + 2], journal[length + 3] = of, key, of.now[key]
  journal_length = length + 3
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
