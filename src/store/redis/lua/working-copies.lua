-- Working copies of records: reads fall through to the state before the batch, writes stay here until the end.
-- A record is never changed in place: a step sets a new one, and the journal keeps the old one until its transaction is
-- through, so that a transaction that is refused or fails half-way is undone without a trace.
local journal, journal_length = {}, 0
local layers = {}

-- How to get and to set, and the tables behind: what is now, what was before, and the keys that were read. `get` gives
-- false where there is no record, and raises where it cannot be decoded. Whoever sets has got before.
local function layer(load_record)
  local now, before, read = {}, {}, { n = 0 }
  local copies = { now = now, before = before, names = read }
  local function get(key)
    local value = now[key]
    if value ~= nil then return value end
    value = load_record(key)
    local length = read.n + 1
    now[key], before[key], read[length], read.n = value, value, key, length
    return value
  end
  local function set(key, value)
    local length = journal_length
    journal[length + 1], journal[length + 2], journal[length + 3] = now, key, now[key]
    journal_length = length + 3
    now[key] = value
  end
  function copies.forget()
    for index = 1, read.n do
      local key = read[index]
      now[key], before[key] = nil, nil
    end
    read.n = 0
  end
  layers[#layers + 1] = copies
  return get, set, copies
end

local get_stock, set_stock, stock = layer(load.stock)
local get_hold, set_hold, holds = layer(load.hold)
local get_count, set_count, counts = layer(load.count)
local get_document, set_document, documents = layer(load.document)
local get_due, set_due, dues = layer(load.due)

local function forget_copies()
  journal_length = 0
  for index = 1, #layers do
    if layers[index].names.n > 0 then layers[index].forget() end
  end
end

local function keep_changes()
  journal_length = 0
end

local function undo_changes()
  for index = journal_length, 3, -3 do
    journal[index - 2][journal[index - 1]] = journal[index]
  end
  journal_length = 0
end
