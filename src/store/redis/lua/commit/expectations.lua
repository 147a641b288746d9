-- Compares the records that a batch was decided on with the present ones. Returns the different ones, so that the
-- process can decide again: for each a kind, a name, the record or false, and its due time.
local stale = {}
local STALE_HEAD = 3

local function add_stale(kind, name, raw, due)
  append(stale, kind, name)
  append(stale, raw or false, due and digits(due) or false)
end

-- A check for each part of the write set that has expectations.
local checks = {}

-- Records begin with the sequence of their last change. A document's due time is stored separately, and changes alone.
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

local function find_stale()
  stale = { 'stale', batch.at_digits, digits(batch.sequence), n = STALE_HEAD }
  local rows = rows_of(checks)
  for index = 1, #rows do rows[index]() end
  return stale
end
