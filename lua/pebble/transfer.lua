-- SPDX-License-Identifier: Apache-2.0
-- Contents to and from the container, streamed in constant memory both ways,
-- one file or several in a request. What was read is good only when Pebble's
-- closing report says so.
local files = require "pebble.files"
local json = require "std.json"
local multipart = require "pebble.multipart"
local sys = require "host.sys"

local M = {}

local CHUNK <const> = 262144
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

-- The result of an answer that is one JSON text.
local function result_of(client, tried, response, text)
  local envelope, err = client:envelope(tried, response.status, text)
  if not envelope then
    return nil, err
  end
  return envelope.result or {}
end

---@class pebble.PushFile: pebble.FileOptions
---@field path string absolute
---@field source string|host.fs.file the content, or an open file

-- The request's parts: what is to be written, then each content.
local function write_body(boundary, list)
  local entries, body = json.array(), {}
  for i, file in ipairs(list) do
    entries[i] = files.attributes(file, { path = file.path })
    entries[i]["make-dirs"] = file.make_dirs or nil
  end
  body[1] = multipart.part_header(boundary,
    { name = "request", type = "application/json", first = true })
  body[2] = json.encode { action = "write", files = entries }
  for _, file in ipairs(list) do
    body[#body + 1] = multipart.part_header(boundary, {
      name = "files",
      filename = file.path,
      type = "application/octet-stream",
    })
    body[#body + 1] = type(file.source) == "string" and file.source
      or { fd = file.source }
  end
  body[#body + 1] = multipart.closing(boundary)
  return body
end

---Writes several files in one request, each atomically: its old content stays
---until the new is whole.
---@param client pebble.Client
---@param list pebble.PushFile[]
---@return true?
---@return std.Error? err
function M.push_files(client, list)
  if #list == 0 then
    return true
  end
  local paths, boundary = {}, random_boundary()
  for i, file in ipairs(list) do
    paths[i] = file.path
  end
  local tried = files.summarize("write", paths)
  for _, path in ipairs(paths) do
    local refused = files.refuse_breaks(client, tried, path)
    if refused then
      return nil, refused
    end
  end
  local response <close>, err = client:stream(tried, {
    method = "POST",
    path = "/v1/files",
    headers = {
      ["Content-Type"] = "multipart/form-data; boundary=" .. boundary,
    },
    body = write_body(boundary, list),
    timeout = client.transfer_timeout,
    idle_timeout = math.max(IDLE, client.timeout),
  })
  if not response then
    return nil, err
  end
  local text, reports
  text, err = read_all(client, tried, response)
  if text then
    reports, err = result_of(client, tried, response, text)
  end
  if not reports then
    return nil, err
  end
  return files.check_reports(client, tried, paths, reports)
end

---Writes a file.
---@param client pebble.Client
---@param path string absolute
---@param source string|host.fs.file the content, or an open file
---@param options? pebble.FileOptions
---@return true?
---@return std.Error? err
function M.push(client, path, source, options)
  local file = { path = path, source = source }
  for name, value in pairs(options or {}) do
    file[name] = value
  end
  return M.push_files(client, { file })
end

-- A function that takes content; and the open file that it is, if so.
local function taker(sink)
  if type(sink) ~= "userdata" then
    return sink
  end
  return function(data)
    return sink:write(data)
  end, sink
end

-- Feeds each file of the multipart answer to what `open` returned for it;
-- returns the closing report's text.
local function receive(client, tried, response, options)
  local write, file
  local report = {}
  local function to_report(data)
    report[#report + 1] = data
    return #report < 1000 or nil, "its closing report is too long"
  end
  local reader = multipart.reader(options.boundary, {
    part = function(headers)
      write, file = to_report, nil
      if headers.name == "files" then
        if not options.wanted[headers.filename] then
          return nil, "it has a file that was not asked for"
        end
        write, file = taker(options.open(headers.filename))
      end
      return true
    end,
    data = function(data)
      return write(data)
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
    local delimiter = file and reader:in_content()
    if delimiter then
      ok, message, code = response:copy(file, delimiter)
      if not ok then
        return nil, client:failure(tried, message, code)
      end
    end
  end
end

---@alias pebble.Taker host.fs.file|fun(data: string): true?, string?

---Reads several files in one request. `open` is called with each path when its
---content begins and returns what takes it: an open file, or a function that
---gets the pieces, and ends it all with nil and why. What was written is good only when this
---returns true (or its data.failed does not have the path).
---@param client pebble.Client
---@param paths string[]
---@param open fun(path: string): pebble.Taker
---@return true?
---@return std.Error? err
function M.pull_files(client, paths, open)
  if #paths == 0 then
    return true
  end
  local tried = files.summarize("read", paths)
  local response <close>, err = client:stream(tried, {
    path = "/v1/files",
    headers = { Accept = "multipart/form-data" },
    timeout = client.transfer_timeout,
    idle_timeout = math.max(IDLE, client.timeout),
  }, { action = "read", path = paths })
  if not response then
    return nil, err
  end
  local wanted = {}
  for _, path in ipairs(paths) do
    wanted[path] = true
  end
  local boundary = multipart.boundary_of(response.headers["content-type"] or "")
  local text, reports
  if boundary then
    text, err = receive(client, tried, response,
      { boundary = boundary, wanted = wanted, open = open })
  else
    text, err = read_all(client, tried, response)
  end
  if text then
    reports, err = result_of(client, tried, response, text)
  end
  if not reports then
    return nil, err
  end
  return files.check_reports(client, tried, paths, reports)
end

---Reads a file into `write`. What was written is good only when this returns
---true; until then it may be cut short.
---@param client pebble.Client
---@param path string
---@param write pebble.Taker
---@return true?
---@return std.Error? err
function M.pull(client, path, write)
  return M.pull_files(client, { path }, function()
    return write
  end)
end

return M
