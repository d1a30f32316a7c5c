-- SPDX-License-Identifier: Apache-2.0
-- What multipart.c calls with each input: both multipart readers must tell the
-- same however a body is cut, and read back what the writer makes. Their 16
-- KiB limits are made small, so that inputs reach them.
local BOUNDARY <const> = "b"
local DELIMITER <const> = "\r\n--" .. BOUNDARY

-- The lines are counted (multipart.c), so each reader's have other numbers.
local function load_small(path, first_line)
  local file <close> = assert(io.open(path))
  local text, count = file:read("a"):gsub("<const> = 16384", "<const> = 128")
  assert(count == 1, path .. " has its limit")
  return assert(load(("\n"):rep(first_line - 1) .. text, "=" .. path))()
end

local client <const> = load_small("lua/pebble/multipart.lua", 1001)
local lab <const> = load_small("lua/lab/http/multipart.lua", 2001)

-- Numbers from the input's own, so that a failure happens again.
local state
local function random(most)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % most + 1
end

-- Gives the body in pieces, and then nil; at once when there is no seed.
local function cutter(body, seed)
  local at = 1
  state = seed
  return function()
    if at > #body then
      return nil
    end
    local left <const> = #body - at + 1
    local most = not seed and left or random(3) == 1 and left or 12
    local n <const> = seed and random(math.min(most, left)) or left
    at = at + n
    return body:sub(at - n, at - 1), at
  end
end

local function note_headers(log, headers)
  local names <const> = {}
  for name, value in pairs(headers) do
    assert(type(name) == "string" and type(value) == "string")
    names[#names + 1] = name .. ":" .. value
  end
  table.sort(names)
  log[#log + 1] = "\nPART " .. table.concat(names, ";") .. "\n"
end

-- What the client's reader tells. `jump`: content goes another way (host.http's
-- copy) whenever that may be, up to the delimiter.
local function by_client(body, seed, jump)
  local log <const> = {}
  local reader <const> = client.reader(BOUNDARY, {
    part = function(headers)
      note_headers(log, headers)
      return true
    end,
    data = function(data)
      assert(data ~= "", "content is never empty")
      log[#log + 1] = data
      return true
    end,
  })
  local ok, why = true, nil
  local from = 1
  for piece, at in cutter(body, seed) do
    if at > from then
      ok, why = reader:feed(piece:sub(from - at))
      from = at
    end
    if not ok then
      break
    end
    local delimiter <const> = jump and reader:in_content()
    local stop <const> = delimiter and body:find(delimiter, from, true)
    if stop then
      log[#log + 1] = body:sub(from, stop - 1)
      from = stop
      ok, why = reader:feed(body:sub(from, math.max(at, from) - 1))
      from = math.max(at, from)
    end
    if not ok then
      break
    end
  end
  if ok and from <= #body then
    ok, why = reader:feed(body:sub(from))
  end
  if ok then
    why = select(2, reader:finish())
  end
  return table.concat(log), why or "well"
end

local function by_lab(body, seed)
  local log <const> = {}
  local next_piece <const> = cutter(body, seed)
  local reader <const> = lab.new(function()
    return next_piece() or ""
  end, BOUNDARY)
  local part, message = reader:next()
  while part do
    assert(type(part.headers) == "table", "a part keeps its headers")
    note_headers(log, part.headers)
    note_headers(log, { name = part.name, filename = part.filename })
    local data
    repeat
      data, message = reader:read()
      log[#log + 1] = data
    until not data or data == ""
    if not data then
      break
    end
    part, message = reader:next()
  end
  return table.concat(log), message or "well"
end

local function agree(read, body, seed, ...)
  local whole, how = read(body)
  local cut, how_cut = read(body, seed, ...)
  if how ~= how_cut or whole ~= cut then
    error(("cuts change what is read: %q (%s), %q (%s)"):format(whole, how, cut,
      how_cut))
  end
end

-- A body of the writer's: the input's first bytes are a path.
local function round_trip(data, seed)
  local size <const> = seed >> 20 & 15
  local path <const> = data:sub(1, size):gsub("%c", "_")
  local content <const> = data:sub(size + 1)
  if content:find(DELIMITER, 1, true) then
    return
  end
  local body = client.part_header(BOUNDARY,
      { name = "files", filename = path, type = "t", first = true })
    .. content .. client.closing(BOUNDARY)
  -- A short header only: the limit is small here.
  local head <const> = "--" .. BOUNDARY .. "\r\n"
    .. body:match("\r\n(Content%-Disposition.*)$")
  local want <const> = { name = "files", filename = path }
  for _, read in ipairs { by_client, by_lab } do
    local told, how = read(head, seed)
    if how == "well" then
      local log <const> = {}
      note_headers(log, want)
      assert(told:sub(-#content) == content or content == "")
      assert(told:find(read == by_lab and log[1] or ";filename:" .. path, 1,
        true), "the path is read back")
    else
      assert(how:find("16 KiB") or how:find("too large"))
    end
  end
end

-- One trial for each input: to be fast, and none is favoured.
local TRIALS <const> = {
  [0] = function(body, seed)
    agree(by_client, body, seed)
  end,
  function(body, seed)
    agree(by_client, body, seed, true)
  end,
  function(body, seed)
    agree(by_lab, body, seed)
  end,
  round_trip,
}

return function(data, seed)
  TRIALS[seed >> 40 & 3](data, seed)
end
