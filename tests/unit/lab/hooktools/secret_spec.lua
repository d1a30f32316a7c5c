-- SPDX-License-Identifier: Apache-2.0
-- The secret tools as owners and consumers meet them, and what is kept when.
local fs = require "host.fs"
local hooktools = require "lab.hooktools"
local json = require "std.json"
local lab = require "tests.support.lab_model"
local models = require "lab.model"
local secrets = require "lab.model.secrets"

local CONFIG <const> = { kind = "config-changed", name = "config-changed" }
local JOINED <const> = {
  kind = "relation-joined", name = "db-relation-joined", relation = "1",
  endpoint = "db", remote_app = "client", remote_unit = "client/0",
}
local NEVER <const> = "secret:00000000000000000000"

-- A run, and a function that calls tools in it.
local function run(model, unit, hook)
  local context = lab.context(model, unit, hook or CONFIG)
  context.host_path = function(path) return path end
  return function(command, ...)
    return hooktools.run(context, {
      command = command, args = { ... }, dir = "/", stdin = "",
      stdin_set = false,
    })
  end, context
end

local function out(result)
  assert.same({ 0, nil }, { result.code, result.stderr })
  return result.stdout or ""
end

local function fails(code, message, result)
  assert.same({ code = code, stderr = "ERROR " .. message .. "\n" }, result)
end

-- A committed secret of the server; with `granted`, to the client.
local function shared(granted, ...)
  local model <const> = lab.related()
  local call, context = run(model, "server/0")
  local id <const> = out(call("secret-add", "password=abc", ...)):sub(1, -2)
  if granted then
    out(call("secret-grant", id, "-r", "1"))
  end
  assert(context:commit())
  return model, id
end

local function set(model, id, ...)
  local call, context = run(model, "server/0")
  out(call("secret-set", id, ...))
  assert(context:commit())
end

local function get(model, unit, ...)
  return run(model, unit)("secret-get", "--format=json", ...)
end

describe("secret-add", function()
  it("gives an id at once and the content with the commit", function()
    local model <const> = lab.related()
    local call, context = run(model, "server/0")
    local uri <const> = out(call("secret-add", "--label", "l", "password=abc"))
    assert.matches("^secret:[0-9a-v]+\n$", uri)
    assert.equal(28, #uri)
    assert.same({}, secrets.all(model))
    assert.equal('{"password":"abc"}\n',
      out(call("secret-get", "--format=json", uri:sub(1, -2))))
    assert.equal("password: abc\n", out(call("secret-get", "--label", "l")))
    assert(context:commit())
    assert.equal('{"password":"abc"}\n',
      out(get(model, "server/0", "--label=l")))
  end)

  it("takes base64, files and a document", function()
    local model <const> = lab.related()
    local dir <const> = assert(fs.mkdtemp("/tmp/secret-spec-"))
    assert(fs.write(dir .. "/one", "line\n"))
    assert(fs.write(dir .. "/all", '{"from-file": "f", "raw#base64": "/w=="}'))
    local call = run(model, "server/0")
    local id <const> = out(call("secret-add", "--file", dir .. "/all",
      "bin#base64=AAE=", "one#file=" .. dir .. "/one")):sub(1, -2)
    assert(fs.remove_all(dir))
    assert.equal("f\n", out(call("secret-get", id, "from-file")))
    assert.equal("AAE=\n", out(call("secret-get", id, "bin#base64")))
    assert.equal('"line\\n"\n',
      out(call("secret-get", "--format=json", id, "one")))
    assert.equal("/w==\n", out(call("secret-get", id, "raw#base64")))
    assert.equal('"\u{fffd}"\n',
      out(call("secret-get", "--format=json", id, "raw")))
  end)

  it("refuses what Juju refuses", function()
    local model <const> = lab.related()
    local call = run(model, "server/0")
    fails(2, "missing secret value or filename", call("secret-add"))
    for _, case in ipairs {
      { 'key "pw" not valid', "pw=x" },
      { 'key "a--b" not valid', "a--b=x" },
      { 'key "Key" not valid', "Key=x" },
      { 'key value "key=" not valid', "key=" },
      { 'key value "key==" not valid', "key==" },
      { 'key value "key" not valid', "key" },
      { 'rotate policy "often" not valid', "--rotate", "often", "key=x" },
      { 'secret owner "me" not valid', "--owner", "me", "key=x" },
      { 'expire time or duration "soon" not valid', "--expire", "soon",
        "key=x" },
      { 'negative expire duration "-1h" not valid', "--expire=-1h", "key=x" },
      { 'secret content for key "key" too large: 1000001 bytes',
        "key#base64=" .. ("A"):rep(1000001) },
      { "secret content too large: 1200000 bytes",
        "key#base64=" .. ("A"):rep(600000),
        "other#base64=" .. ("A"):rep(600000) },
    } do
      fails(2, case[1], call("secret-add", table.unpack(case, 2)))
    end
    assert.equal(2, call("secret-add", "key#file=/nowhere/at/all").code)
  end)

  it("is the leader's, unless the unit is the owner", function()
    local model <const> = lab.related()
    models.add_unit(model, "server", 0)
    local call, context = run(model, "server/1")
    fails(1, "this unit is not the leader", call("secret-add", "key=abc"))
    out(call("secret-add", "--owner", "unit", "key=abc"))
    assert(context:commit())
    local _, secret = next(secrets.all(model))
    assert.same({ kind = "unit", id = "server/1" }, secret.owner)
  end)

  it("lets an owner give a label once", function()
    local model <const> = shared(false, "--label", "l")
    local call = run(model, "server/0")
    fails(1, 'secret with label "l" already exists',
      call("secret-add", "--label", "l", "key=abc"))
    out(call("secret-add", "--label", "m", "key=abc"))
    fails(1, 'secret with label "m" already exists',
      call("secret-add", "--label", "m", "key=abc"))
  end)

  it("leaves nothing of a hook that fails", function()
    local model <const> = lab.related()
    local call, context = run(model, "server/0")
    local id <const> = out(call("secret-add", "key=abc")):sub(1, -2)
    model.applications.server.leader = "server/1"
    assert.same({ nil, 'checking leadership continuity: "server/0" is not '
      .. 'leader of "server"' }, { context:commit() })
    fails(1, ('secret "%s" not found'):format(id:sub(8)),
      get(model, "server/0", id))
  end)
end)

describe("secret-get", function()
  it("tracks a revision from the first time on", function()
    local model <const>, id <const> = shared(true)
    assert.equal('{"password":"abc"}\n', out(get(model, "client/0", id)))
    set(model, id, "password=new")
    assert.equal('{"password":"abc"}\n', out(get(model, "client/0", id)))
    assert.equal('{"password":"new"}\n',
      out(get(model, "client/0", "--peek", id)))
    assert.equal('{"password":"abc"}\n', out(get(model, "client/0", id)))
    assert.equal('{"password":"new"}\n',
      out(get(model, "client/0", "--refresh", id)))
    assert.equal('{"password":"new"}\n', out(get(model, "client/0", id)))
  end)

  it("keeps a consumer's label at once", function()
    local model <const>, id <const> = shared(true)
    fails(1, 'consumer label "mine" not found',
      get(model, "client/0", "--label", "mine"))
    out(get(model, "client/0", id, "--label", "mine"))
    assert.equal('{"password":"abc"}\n',
      out(get(model, "client/0", "--label", "mine")))
    fails(1, 'consumer label "mine" not found',
      get(model, "server/0", "--label", "mine"))
  end)

  it("is for those who were granted it", function()
    local model <const>, id <const> = shared(false)
    fails(1, "permission denied", get(model, "client/0", id))
    local call, context = run(model, "server/0", JOINED)
    out(call("secret-grant", id))
    assert(context:commit())
    out(get(model, "client/0", id))
    call, context = run(model, "server/0", JOINED)
    out(call("secret-revoke", id))
    assert(context:commit())
    fails(1, "permission denied", get(model, "client/0", id))
  end)

  it("ends with the relation", function()
    local model <const>, id <const> = shared(true)
    out(get(model, "client/0", id))
    model.relations["1"] = nil
    fails(1, "permission denied", get(model, "client/0", id))
  end)

  it("shows a pending change when the newest is asked for", function()
    local model <const>, id <const> = shared(false)
    local call, context = run(model, "server/0")
    out(call("secret-get", id))
    out(call("secret-set", id, "password=new"))
    assert.equal("abc\n", out(call("secret-get", id, "password")))
    assert.equal("new\n", out(call("secret-get", "--peek", id, "password")))
    out(call("secret-get", "--refresh", id))
    assert(context:commit())
    assert.equal('{"password":"new"}\n', out(get(model, "server/0", id)))
  end)

  it("gives an application's secret to all of its units", function()
    local model <const>, id <const> = shared(false, "--label", "l")
    models.add_unit(model, "server", 0)
    assert.equal('{"password":"abc"}\n',
      out(get(model, "server/1", "--label", "l")))
    assert.equal("null\n",
      out(run(model, "server/1")("secret-ids", "--format=json")))
    fails(1, ('secret "%s" not found'):format(id:sub(8)),
      run(model, "server/1")("secret-info-get", id))
  end)

  it("refuses wrong words", function()
    local call = run(shared(false), "server/0")
    fails(2, "require either a secret URI or label", call("secret-get"))
    fails(2, 'secret URI "x" not valid', call("secret-get", "x"))
    fails(2, "specify one of --peek or --refresh but not both",
      call("secret-get", NEVER, "--peek", "--refresh"))
    fails(2, 'invalid value "smart" for option --format: unknown format '
      .. '"smart"', call("secret-get", "--format", "smart", NEVER))
    fails(1, 'secret "00000000000000000000" not found',
      call("secret-get", NEVER))
    local model <const>, id <const> = shared(false)
    fails(1, 'secret key value "nope" not found',
      get(model, "server/0", id, "nope"))
  end)

  it("says of bad base64 only when it is read", function()
    local model <const>, id <const> = shared(false, "bad#base64=!")
    assert.equal(1, get(model, "server/0", id).code)
  end)
end)

describe("secret-set", function()
  it("makes a revision of a new content only", function()
    local model <const>, id <const> = shared(false)
    set(model, id, "password=abc")
    set(model, id)
    set(model, id, "--description", "d")
    assert.equal(1, secrets.all(model)[id:sub(8)].revision)
    set(model, id, "password=new")
    assert.equal(2, secrets.all(model)[id:sub(8)].revision)
  end)

  it("fails with the commit for what is not there or not its own", function()
    local model <const>, id <const> = shared(true)
    local call, context = run(model, "server/0")
    out(call("secret-set", NEVER, "key=abc"))
    assert.same({ nil, 'secret "00000000000000000000" not found' },
      { context:commit() })
    call, context = run(model, "client/0")
    out(call("secret-set", id, "key=abc"))
    assert.same({ nil, "permission denied" }, { context:commit() })
    fails(2, "missing secret URI", call("secret-set"))
  end)

  it("may not take another secret's label", function()
    local model <const>, id <const> = shared(false, "--label", "l")
    local call, context = run(model, "server/0")
    local other <const> = out(call("secret-add", "key=abc")):sub(1, -2)
    assert(context:commit())
    call, context = run(model, "server/0")
    out(call("secret-set", other, "--label", "l"))
    assert.same({ nil, 'secret with label "l" already exists' },
      { context:commit() })
    set(model, id, "--label", "l")
  end)
end)

describe("secret-remove", function()
  it("takes a revision, or all", function()
    local model <const>, id <const> = shared(false)
    set(model, id, "password=new")
    local call, context = run(model, "server/0")
    out(call("secret-remove", id, "--revision", "1"))
    assert(context:commit())
    assert.same({ "2" },
      { next(secrets.all(model)[id:sub(8)].revisions), nil })
    call, context = run(model, "server/0")
    out(call("secret-remove", id))
    fails(1, ('secret "%s" not found'):format(id:sub(8)),
      call("secret-get", id))
    assert.is_table(secrets.all(model)[id:sub(8)])
    assert(context:commit())
    assert.same({}, secrets.all(model))
    fails(2, "missing secret URI", call("secret-remove"))
  end)
end)

describe("secret-remove in the hook of a change", function()
  it("drops the change, as Juju's agent does", function()
    local model <const>, id <const> = shared(false)
    set(model, id, "password=two")
    local call, context = run(model, "server/0")
    out(call("secret-set", id, "password=three"))
    out(call("secret-remove", id, "--revision", "1"))
    assert(context:commit())
    assert.equal(2, secrets.all(model)[id:sub(8)].revision)
  end)
end)

describe("secret-info-get and secret-ids", function()
  it("tell all of a secret", function()
    local model <const>, id <const> = shared(true, "--label", "l",
      "--description", "d", "--rotate", "daily",
      "--expire", "2030-01-02T03:04:05")
    local bare <const> = id:sub(8)
    local call = run(model, "server/0")
    assert.equal(('{"%s":{"access":[{"role":"view","scope":'
      .. '"relation-client.db#server.db","target":"application-client"}],'
      .. '"description":"d","expiry":"2030-01-02T03:04:05Z","label":"l",'
      .. '"owner":"application","revision":1,"rotates":"1970-01-02T00:00:00Z",'
      .. '"rotation":"daily"}}\n'):format(bare),
      out(call("secret-info-get", "--format=json", id)))
    assert.equal(bare, (next(json.decode(
      out(call("secret-info-get", "--format=json", "--label", "l"))))))
    assert.equal(('["%s"]\n'):format(bare),
      out(call("secret-ids", "--format=json")))
    fails(2, "specify either a secret URI or label but not both",
      call("secret-info-get", id, "--label", "l"))
    fails(1, 'secret "x" not found', call("secret-info-get", "--label", "x"))
  end)

  it("show what is pending", function()
    local model <const>, id <const> = shared(true)
    local call = run(model, "server/0")
    out(call("secret-set", id, "--label", "new"))
    out(call("secret-revoke", id, "--app", "client"))
    assert.equal(('{"%s":{"label":"new","owner":"application","revision":1}}\n')
      :format(id:sub(8)), out(call("secret-info-get", "--format=json", id)))
    out(call("secret-remove", id))
    assert.equal("null\n", out(call("secret-ids", "--format=json")))
  end)
end)

describe("secret-grant and secret-revoke", function()
  it("check whom they mean", function()
    local model <const>, id <const> = shared(false)
    local call = run(model, "server/0")
    fails(2, "missing secret URI", call("secret-grant"))
    fails(2, "no relation id specified", call("secret-grant", id))
    fails(2, 'invalid value "9" for option -r: relation not found',
      call("secret-grant", id, "-r", "9"))
    fails(2, 'cannot specify unit "x/0" in relation to application "client"',
      call("secret-grant", id, "-r", "1", "--unit", "x/0"))
    fails(1, 'secret "00000000000000000000" not found',
      call("secret-grant", NEVER, "-r", "1"))
    fails(2, "missing relation or application or unit",
      call("secret-revoke", id))
    fails(2, "do not specify both relation and app",
      call("secret-revoke", id, "-r", "1", "--app", "client"))
    fails(2, "specify only one of application or unit",
      call("secret-revoke", id, "--app", "client", "--unit", "client/0"))
  end)

  it("know units and applications", function()
    local model <const>, id <const> = shared(false)
    models.add_unit(model, "client", 0)
    local call, context = run(model, "server/0")
    out(call("secret-grant", id, "-r", "1", "--unit", "client/0"))
    fails(1, "any unit level grants need to be revoked before granting access "
      .. "to the corresponding application",
      call("secret-grant", id, "-r", "1"))
    assert(context:commit())
    out(get(model, "client/0", id))
    fails(1, "permission denied", get(model, "client/1", id))
  end)

  it("touch no secret of another", function()
    local model <const>, id <const> = shared(true)
    local call, context = run(model, "client/0")
    out(call("secret-revoke", id, "--app", "client"))
    assert(context:commit())
    out(get(model, "client/0", id))
  end)
end)

describe("the secret tools", function()
  it("came with Juju 3", function()
    assert.is_false(hooktools.knows("secret-add", "2.9.52"))
    assert.is_true(hooktools.knows("secret-add", "3.1.8"))
    assert.is_true(hooktools.knows("secret-add", "4.0.1"))
  end)
end)
