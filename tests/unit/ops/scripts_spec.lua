-- SPDX-License-Identifier: Apache-2.0
local compiled = require "ops.compiled"
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

describe("a charm's scripts", function()
  local dir

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/scripts-spec-")
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  local function write(name, text)
    assert(fs.mkdirs((dir .. "/" .. name):match("^(.*)/")))
    assert(fs.write(dir .. "/" .. name, text))
  end

  -- In a process of its own, as a dispatch is: it stands in the folder.
  local function run(text)
    write("spec/run.lua", [[
local scripts = require "ops.scripts"
scripts.use(".", require("ops.compiled").open ".")
]] .. text)
    local result = assert(proc.run {
      argv = { sys.executable(), "run", "spec/run.lua" }, cwd = dir,
      timeout = 20,
    })
    return result.stdout .. result.stderr
  end

  local function compile(name, text, compiled_text)
    write(name, text)
    assert(fs.write(dir .. "/" .. compiled.FILE, compiled.encode { {
      name = name, text = text,
      piece = string.dump(assert(load(compiled_text, "@./" .. name))),
    } }))
  end

  it("are found beside charm.lua and in lib/, by name and path", function()
    write("src/more.lua", "return ...")
    write("src/all/init.lua", "return ...")
    write("lib/charms/pgsql/v0/client.lua", "#!shebang\nreturn ...")
    assert.equal([[
src.more	./src/more.lua
src.all	./src/all/init.lua
charms.pgsql.v0.client	./lib/charms/pgsql/v0/client.lua
]], run [[
for _, name in ipairs { "src.more", "src.all", "charms.pgsql.v0.client" } do
  print(require(name))
end]])
  end)

  it("run as pack compiled them, while they are what it compiled", function()
    compile("part.lua", "return 'text'", "return 'bytecode'")
    assert.equal("bytecode\n", run 'print((require "part"))')
    write("part.lua", "return 'edited'")
    assert.equal("edited\n", run 'print((require "part"))')
  end)

  it("are compiled when the bytecode is another Lua's", function()
    write("part.lua", "return 'text'")
    assert(fs.write(dir .. "/" .. compiled.FILE, compiled.encode { {
      name = "part.lua", text = "return 'text'",
      piece = "\27Lua\x53" .. ("\0"):rep(40),
    } }))
    assert.equal("text\n", run 'print((require "part"))')
  end)

  it("are missed with the places that were looked at", function()
    assert.matches("no file '%./x/y%.lua'\n\tno file '%./x/y/init%.lua'\n\t"
      .. "no file '%./lib/x/y%.lua'\n\tno file '%./lib/x/y/init%.lua'",
      run 'require "x.y"')
  end)

  it("say what is wrong with them", function()
    write("broken.lua", "return +")
    assert.matches("error loading module 'broken' from file '%./broken.lua':"
      .. "\n\t%./broken%.lua:1: unexpected symbol near '%+'",
      run 'require "broken"')
    write("a%b.lua", "return 'odd name'")
    assert.equal("odd name\n", run 'print((require "a%b"))')
  end)
end)
