-- SPDX-License-Identifier: Apache-2.0
-- Contents to and from the container, streamed in constant memory both ways.
-- What was read is good only when Pebble's closing report says so.
local files = require "pebble.files"
local json = require "std.json"
local multipart = require "pebble.multipart"
local sys = require "host.sys"

local M = {}

local CHUNK <const> = 65536
local IDLE <const> = 30 -- seconds without a byte that end a transfer

local function random_boundary()
  return (sys.random(24):gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

local function read_all(client, tried, response)
  local parts = {}
  while true do
    local data, message, code = response:read(CHUNK)
    if not data then
      return nil, client:failure(tried, message, code)
    elseif data == "" then
      return table.concat(parts)
    end
    parts[#parts + 1] = data
  end
end

---Writes a file, atomically: the old content stays until the new is whole.
---@param client pebble.Client
---@param path string absolute
---@param source string|host.fs.file the content, or an open file
---@param options? pebble.FileOptions
---@return true?
---@return std.Error? err
function M.push(client, path, source, options)
  options = options or {}
  local tried = ("write %s"):format(path)
  local boundary = random_boundary()
  local file = files.attributes(options, { path = path })
  file["make-dirs"] = options.make_dirs or nil
  local response <close>, err = client:stream(tried, {
    method = "POST",
    path = "/v1/files",
    headers = {
      ["Content-Type"] = "multipart/form-data; boundary=" .. boundary,
    },
    body = {
      multipart.part_header(boundary,
        { name = "request", type = "application/json", first = true }),
      json.encode { action = "write", files = json.array { file } },
      multipart.part_header(boundary, {
        name = "files",
        filename = path,
        type = "application/octet-stream",
      }),
      type(source) == "string" and source or { fd = source },
      multipart.closing(boundary),
    },
    timeout = -1,
    idle_timeout = math.max(IDLE, client.timeout),
  })
  if not response then
    return nil, err
  end
  local body, why = read_all(client, tried, response)
  if not body then
    return nil, why
  end
  local envelope
  envelope, err = client:envelope(tried, response.status, body)
  if not envelope then
    return nil, err
  end
  return files.check_report(client, tried, path, envelope.result)
end

-- Feeds the multipart answer to `write`; returns the closing report's text.
local function receive(client, tried, response, boundary, write)
  local part
  local report = {}
  local reader = multipart.reader(boundary, {
    part = function(headers)
      part = headers.name
      return true
    end,
    data = function(data)
      if part == "files" then
        return write(data)
      end
      report[#report + 1] = data
      return #report < 1000 or nil, "its closing report is too long"
    end,
  })
  while true do
    local data, message, code = response:read(CHUNK)
    if not data then
      return nil, client:failure(tried, message, code)
    end
    local ok, why
    if data == "" then
      ok, why = reader:finish()
    else
      ok, why = reader:feed(data)
    end
    if not ok then
      return nil, client:failure(tried, "the answer is broken: " .. why,
        "protocol")
    elseif data == "" then
      return table.concat(report)
    end
  end
end

---Reads a file into `write`. What was written is good only when this returns
---true; until then it may be cut short.
---@param client pebble.Client
---@param path string
---@param write fun(data: string): true?, string? nil and why ends it
---@return true?
---@return std.Error? err
function M.pull(client, path, write)
  local tried = ("read %s"):format(path)
  local response <close>, err = client:stream(tried, {
    path = "/v1/files",
    headers = { Accept = "multipart/form-data" },
    timeout = -1,
    idle_timeout = math.max(IDLE, client.timeout),
  }, { action = "read", path = path })
  if not response then
    return nil, err
  end
  local boundary = multipart.boundary_of(response.headers["content-type"] or "")
  local text
  if boundary then
    text, err = receive(client, tried, response, boundary, write)
  else
    text, err = read_all(client, tried, response)
  end
  if not text then
    return nil, err
  end
  local envelope
  envelope, err = client:envelope(tried, response.status, text)
  if not envelope then
    return nil, err
  end
  return files.check_report(client, tried, path, envelope.result)
end

return M
