-- SPDX-License-Identifier: Apache-2.0
-- Multipart bodies of the files API, written and read without lua/pebble, for
-- the contract suite.
local contract = require "tests.support.contract"
local json = require "std.json"

local M = {}

local BOUNDARY <const> = ("0123456789"):rep(4)

---@param part {name: string, filename?: string, body: string, type?: string}
---@return string
local function part_text(part)
  return ("--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n"
    .. "Content-Type: %s\r\n\r\n%s\r\n"):format(BOUNDARY, part.name,
    part.filename and ('; filename="%s"'):format(part.filename) or "",
    part.type or "application/octet-stream", part.body)
end

---Sends parts as they are.
---@param pebble tests.Contract
---@param parts table[]
---@return table envelope
function M.send(pebble, parts)
  local text = {}
  for i, part in ipairs(parts) do
    text[i] = part_text(part)
  end
  return pebble:ask("POST", "/v1/files",
    table.concat(text) .. "--" .. BOUNDARY .. "--\r\n",
    { ["Content-Type"] = "multipart/form-data; boundary=" .. BOUNDARY })
end

---The part that says what is written.
---@param files table[] as the API has them
---@return table part
function M.request(files)
  return { name = "request", type = "application/json",
    body = json.encode { action = "write", files = json.array(files) } }
end

---Writes files; a file is {path=, body=, permissions=, ...}.
---@param pebble tests.Contract
---@param ... table
---@return table[] report one entry a file
function M.write(pebble, ...)
  local files, parts = {}, { false }
  for i, file in ipairs { ... } do
    files[i] = {}
    for name, value in pairs(file) do
      files[i][name] = name ~= "body" and value or nil
    end
    if file.body then
      parts[#parts + 1] = { name = "files", filename = file.path,
        body = file.body }
    end
  end
  parts[1] = M.request(files)
  local envelope = M.send(pebble, parts)
  assert(envelope.type == "sync", json.encode(envelope))
  return envelope.result
end

-- The parts of a multipart text.
local function split(text, boundary)
  local parts = {}
  local mark = "\r\n--" .. boundary
  text = "\r\n" .. text
  local at = assert(text:find(mark, 1, true), "no boundary") + #mark
  assert(at == #mark + 1, "something before the first boundary")
  while text:sub(at, at + 1) == "\r\n" do
    local stop = assert(text:find(mark, at, true), "no closing boundary")
    local head, body = text:sub(at + 2, stop - 1):match "^(.-\r\n)\r\n(.*)$"
    assert(head, "a part without headers")
    parts[#parts + 1] = {
      name = head:match 'name="(%w+)"',
      filename = head:match 'filename="(.-)"\r\n',
      type = head:match "Content%-Type: ([^\r]+)",
      body = body,
    }
    at = stop + #mark
  end
  assert(text:sub(at, at + 1) == "--", "no closing boundary")
  return parts
end

---Reads files.
---@param pebble tests.Contract
---@param query string "path=...&path=..."
---@return table<string, string> contents by path
---@return table[] report
---@return table[] parts as they came
function M.read(pebble, query)
  local answer = assert(pebble.http:request {
    path = "/v1/files?action=read&" .. query,
    headers = { Accept = "multipart/form-data" },
  })
  assert(answer.status == 200, answer.body)
  local boundary = answer.headers["content-type"]
    :match '^multipart/form%-data; boundary="?([^"]+)'
  local parts = split(answer.body, assert(boundary, "no boundary"))
  local last = parts[#parts]
  assert(last.name == "response" and last.type == "application/json")
  local contents = {}
  for i = 1, #parts - 1 do
    assert(parts[i].name == "files")
    contents[parts[i].filename] = parts[i].body
  end
  local envelope = contract.check_envelope(200, last.body)
  return contents, envelope.result, parts
end

return M
