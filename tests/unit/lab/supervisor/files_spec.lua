-- SPDX-License-Identifier: Apache-2.0
-- Files over the API: exact multipart, per-path errors, atomic writes.
local fs = require "host.fs"
local json = require "std.json"
local multipart = require "lab.http.multipart"
local supervisors = require "tests.support.supervisor"

local BOUNDARY <const> = ("b"):rep(60)

local function part(disposition, text)
  return "--" .. BOUNDARY .. "\r\nContent-Disposition: form-data; "
    .. disposition .. "\r\n\r\n" .. text .. "\r\n"
end

describe("files", function()
  local pebble, dir

  setup(function()
    pebble = supervisors.start()
    dir = pebble.dir
  end)
  teardown(function() pebble:stop() end)

  local function write(files, parts)
    local body = part('name="request"',
      json.encode { action = "write", files = files })
    for path, text in pairs(parts) do
      body = body .. part(('name="files"; filename="%s"')
        :format(path:gsub('[\\"]', "\\%0")), text)
    end
    return pebble:ask("POST", "/v1/files", body .. "--" .. BOUNDARY
      .. "--\r\n",
      { ["Content-Type"] = "multipart/form-data; boundary=" .. BOUNDARY })
  end

  local function read(...)
    local query = {}
    for i, path in ipairs { ... } do
      query[i] = "&path=" .. path:gsub("[^%w/._-]", function(char)
        return ("%%%02X"):format(char:byte())
      end)
    end
    local answer = assert(pebble.client:request {
      path = "/v1/files?action=read" .. table.concat(query),
      headers = { Accept = "multipart/form-data" },
    })
    assert.equal(200, answer.status)
    local boundary = multipart.boundary(answer.headers["content-type"])
    local sent = false
    local parts = multipart.new(function()
      local piece = sent and "" or answer.body
      sent = true
      return piece
    end, boundary)
    local contents, response = {}, nil
    for item in function() return parts:next() end do
      local text = ""
      repeat
        local data = assert(parts:read())
        text = text .. data
      until data == ""
      if item.name == "files" then
        contents[item.filename] = text
      else
        response = json.decode(text).result
      end
    end
    return contents, response
  end

  it("are written and read byte by byte, boundaries inside them too",
    function()
      local path = dir .. '/odd "name\\'
      local text = "\r\n--" .. BOUNDARY:sub(1, 20) .. "\r\n\0\255"
        .. ("x"):rep(300000) .. "\r\n--"
      local status, result = write({ { path = path } }, { [path] = text })
      assert.equal(200, status)
      assert.same({ { path = path } }, result)
      local contents, response = read(path)
      assert.is_true(contents[path] == text)
      assert.same({ { path = path } }, response)
      assert.equal(420, fs.stat(path).mode)
    end)

  it("may be empty", function()
    local path = dir .. "/empty"
    write({ { path = path } }, { [path] = "" })
    assert.equal("", fs.read(path))
    assert.equal("", read(path)[path])
  end)

  it("get their folders made and their mode set", function()
    local path = dir .. "/new/deep/file"
    write({ { path = path, ["make-dirs"] = true, permissions = "640" } },
      { [path] = "x" })
    assert.equal(tonumber("640", 8), fs.stat(path).mode)
    assert.equal(tonumber("755", 8), fs.stat(dir .. "/new").mode)
  end)

  it("replace a symbolic link rather than follow it", function()
    fs.write(dir .. "/target", "old")
    assert(fs.symlink(dir .. "/target", dir .. "/link"))
    write({ { path = dir .. "/link" } }, { [dir .. "/link"] = "new" })
    assert.equal("old", fs.read(dir .. "/target"))
    assert.equal("file", fs.lstat(dir .. "/link").type)
  end)

  it("leave the old one, and nothing else, when the transfer breaks off",
    function()
      local path = dir .. "/kept"
      fs.write(path, "old")
      local before = fs.list(dir)
      local status = pebble:ask("POST", "/v1/files",
        part('name="request"', json.encode {
          action = "write", files = { { path = path } } })
          .. "--" .. BOUNDARY .. "\r\nContent-Disposition: form-data; "
          .. ('name="files"; filename="%s"'):format(path)
          .. "\r\n\r\nhalf of it",
        { ["Content-Type"] = "multipart/form-data; boundary=" .. BOUNDARY })
      assert.equal(400, status)
      assert.equal("old", fs.read(path))
      assert.same(before, fs.list(dir))
    end)

  it("report each path's failure beside the others' success", function()
    local good = dir .. "/good"
    local _, result = write({
      { path = good },
      { path = dir .. "/none/x" },
      { path = "relative" },
      { path = dir .. "/mode", permissions = "0644" },
      { path = dir .. "/forgotten" },
    }, { [good] = "x", [dir .. "/none/x"] = "x", relative = "x",
      [dir .. "/mode"] = "x" })
    local kinds = {}
    for i, item in ipairs(result) do
      kinds[i] = item.error and item.error.kind or "good"
    end
    assert.same({ "good", "not-found", "generic-file-error",
      "generic-file-error", "generic-file-error" }, kinds)
    assert.matches("no file content", result[5].error.message)
  end)

  it("that cannot be read have no part but a reason", function()
    local good = dir .. "/readable"
    fs.write(good, "x")
    local contents, response = read(dir, good, dir .. "/missing")
    assert.same({ [good] = "x" }, contents)
    assert.equal("generic-file-error", response[1].error.kind)
    assert.is_nil(response[2].error)
    assert.equal("not-found", response[3].error.kind)
  end)

  it("are listed with what is known of them", function()
    local folder = dir .. "/list"
    fs.mkdirs(folder .. "/sub")
    fs.write(folder .. "/b.txt", "12345", { mode = tonumber("600", 8) })
    fs.symlink("/nowhere", folder .. "/z")
    local list = pebble:get("/v1/files?action=list&path=" .. folder)
    local words = {}
    for i, item in ipairs(list) do
      words[i] = ("%s %s %s"):format(item.name, item.type, item.size)
    end
    assert.same({ "b.txt file 5", "sub directory nil", "z symlink nil" },
      words)
    assert.equal("600", list[1].permissions)
    assert.equal(folder .. "/b.txt", list[1].path)
    assert.matches("^%d+%-%d+%-%d+T[%d:]+Z$", list[1]["last-modified"])
    list = pebble:get("/v1/files?action=list&pattern=%2A.txt&path=" .. folder)
    assert.equal(1, #list)
    list = pebble:get("/v1/files?action=list&itself=true&path=" .. folder)
    assert.equal("directory", list[1].type)
    local status, failure =
      pebble:ask("GET", "/v1/files?action=list&path=/no/such")
    assert.equal(404, status)
    assert.equal("not-found", failure.kind)
  end)

  it("and folders are made and removed, path by path", function()
    local result = pebble:post("/v1/files", { action = "make-dirs", dirs = {
      { path = dir .. "/m/n" },
      { path = dir .. "/m/n", ["make-parents"] = true, permissions = "700" },
      { path = dir .. "/m/n", ["make-parents"] = true },
      { path = dir .. "/m/n" },
    } })
    assert.equal("not-found", result[1].error.kind)
    assert.is_nil(result[2].error)
    assert.is_nil(result[3].error)
    assert.equal("generic-file-error", result[4].error.kind)
    assert.equal(tonumber("700", 8), fs.stat(dir .. "/m/n").mode)
    result = pebble:post("/v1/files", { action = "remove", paths = {
      { path = dir .. "/m" },
      { path = dir .. "/m", recursive = true },
      { path = dir .. "/m", recursive = true },
      { path = dir .. "/m" },
    } })
    assert.equal("generic-file-error", result[1].error.kind)
    assert.is_nil(result[2].error)
    assert.is_nil(result[3].error)
    assert.equal("not-found", result[4].error.kind)
  end)

  it("refuse requests that are not understood", function()
    local cases = {
      { "GET", "/v1/files?action=paint" },
      { "GET", "/v1/files?action=read&path=/x" },
      { "POST", "/v1/files", { action = "write", files = {} } },
      { "POST", "/v1/files", { action = "remove" } },
    }
    for _, case in ipairs(cases) do
      assert.equal(400, (pebble:ask(table.unpack(case))))
    end
    assert.equal(400, (pebble:ask("POST", "/v1/files",
      { action = "remove", paths = { { path = "/none" } } },
      { ["Content-Type"] = "text/plain" })))
    local path = dir .. "/other"
    assert.equal(400, (write({ { path = path } }, { ["/not/named"] = "x" })))
  end)
end)
