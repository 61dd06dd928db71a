-- The plugin with the real server: every command that needs no model, how it starts, breaks down and ends, what it says when
-- something is wrong.

local project, here = vim.env.TEST_PROJECT, vim.env.TEST_HERE
local checks = dofile(here .. '/checks.lua')
local session = dofile(here .. '/session.lua')
local case, same, contains, eventually = checks.case, checks.same, checks.contains, checks.eventually

local plugin = vim.fn.fnamemodify(here, ':h:h:h') .. '/editors/neovim'
-- Neovim's own module makes a global when it is first used.
assert(vim.re)
local globals = vim.tbl_keys(_G)

vim.o.swapfile = false
vim.cmd('filetype on')

local said = {}
vim.notify = function(message)
  table.insert(said, message)
end
local function heard(part)
  return eventually('it is said: ' .. part .. '; what was said: ' .. vim.inspect(said), function()
    for index, message in ipairs(said) do
      if message:find(part, 1, true) then
        return table.remove(said, index)
      end
    end
  end)
end

local function client()
  local found = vim.lsp.get_clients({ name = 'codecompass' })[1]
  return found and found.initialized and found
end

local function open(name)
  vim.cmd.edit(vim.fn.fnameescape(project .. '/' .. name))
  return vim.api.nvim_get_current_buf()
end

-- What is offered, and `pick` of it is chosen.
local offered
local function choosing(pick)
  vim.ui.select = function(items, options, choose)
    offered = vim.tbl_map(options.format_item or tostring, items)
    for index, text in ipairs(offered) do
      if text:find(pick, 1, true) then
        return choose(items[index], index)
      end
    end
    choose(nil)
  end
end

local function read_float(command)
  vim.cmd(command)
  local window = eventually('a window floats', checks.float)
  local text = checks.text_of(vim.api.nvim_win_get_buf(window))
  checks.type('q')
  eventually('`q` closes it', function()
    return not checks.float()
  end)
  return text
end

case('without setup() nothing is loaded before it is used', function()
  vim.g.codecompass = nil
  vim.opt.runtimepath:prepend(plugin)
  vim.cmd('runtime plugin/codecompass.lua')
  same(vim.fn.exists(':CodeCompass'), 2)
  for name in pairs(package.loaded) do
    assert(not name:find('^codecompass'), name .. ' is loaded')
  end
  same(#vim.lsp.get_clients(), 0)
end)

case('Neovim starts as fast as without it, nearly', function()
  local log = vim.fn.tempname()
  local times = {}
  for _ = 1, 5 do
    vim.fn.delete(log)
    local arguments =
      { vim.env.TEST_NVIM, '--clean', '--headless', '--startuptime', log, '--cmd', 'set rtp^=' .. plugin, '+q' }
    same(vim.system(arguments):wait(20000).code, 0)
    for _, line in ipairs(vim.fn.readfile(log)) do
      local took = line:match('^[%d.]+%s+[%d.]+%s+([%d.]+): sourcing .*neovim/plugin/codecompass%.lua')
      if took then
        table.insert(times, tonumber(took))
      end
    end
  end
  same(#times, 5)
  -- The fastest: a busy machine is no fault of the plugin.
  table.sort(times)
  io.stdout:write(('loading takes %.2f ms (of five: %s)\n'):format(times[1], table.concat(times, ', ')))
  assert(times[1] < 5)
end)

case('a buffer that is no file starts no server', function()
  vim.cmd('enew | setlocal buftype=nofile filetype=lua')
  vim.cmd('file fugitive:///somewhere | setlocal filetype=rust')
  vim.wait(200)
  same(#vim.lsp.get_clients(), 0)
  vim.cmd('bwipeout!')
end)

case('the command completes names, actions and filters', function()
  same(vim.fn.getcompletion('CodeCompass re', 'cmdline'), { 'reindex', 'restart', 'resume' })
  same(vim.fn.getcompletion('CodeCompass chat re', 'cmdline'), { 'regenerate', 'rename' })
  same(vim.fn.getcompletion('CodeCompass search la', 'cmdline'), { 'lang:' })
  same(vim.fn.getcompletion("'<,'>CodeCompass exp", 'cmdline'), { 'explain' })
  for _, name in ipairs({ 'search', 'ask', 'explain', 'similar', 'chat', 'status', 'models', 'doctor', 'log', 'pause' }) do
    assert(vim.tbl_contains(vim.fn.getcompletion('CodeCompass ', 'cmdline'), name), name)
  end
end)

case('a command that does not exist is named, with the one that was meant', function()
  vim.cmd('CodeCompass serch where')
  heard('there is no ":CodeCompass serch", did you mean "search"?')
  vim.cmd('CodeCompass chat dance')
  heard('there is no ":CodeCompass chat dance"')
end)

case('a search starts the server in the project of the current folder', function()
  choosing('src/retry.rs')
  vim.cmd('CodeCompass search how long do we wait before trying a failed request again')
  eventually('the server is ready', client)
  same(client().root_dir, project)
  eventually('the code is shown', function()
    if vim.api.nvim_buf_get_name(0) ~= project .. '/src/retry.rs' then
      -- Not indexed yet when it was asked first.
      vim.cmd('CodeCompass search how long do we wait before trying a failed request again')
      vim.wait(300)
    end
    return vim.api.nvim_buf_get_name(0) == project .. '/src/retry.rs'
  end, 30000)
  contains(offered[1], 'src/retry.rs:')
  said = {}
end)

case('files of the project belong to that server', function()
  local buffer = open('src/main.rs')
  eventually('it is attached', function()
    return vim.lsp.buf_is_attached(buffer, client().id)
  end)
  same(#vim.lsp.get_clients(), 1)
end)

case('the server knows the plugin', function()
  same(client().capabilities.experimental.codecompass, true)
  same(client().offset_encoding, 'utf-8')
  eventually('it tells how it is', function()
    return require('codecompass').status()
  end)
  eventually('the status line says so', function()
    return require('codecompass').statusline() == 'CodeCompass: ready'
  end, 30000)
end)

case('a search with ! fills the quickfix list', function()
  vim.fn.setqflist({}, 'f')
  vim.cmd('CodeCompass! search read the configuration')
  eventually('the list is filled', function()
    return #vim.fn.getqflist() > 0
  end)
  local list = vim.fn.getqflist({ title = 0, items = 0 })
  same(list.title, 'CodeCompass: read the configuration')
  same(vim.api.nvim_buf_get_name(list.items[1].bufnr), project .. '/src/config.rs')
  contains(list.items[1].text, 'parse_config · function')
  vim.cmd('cclose')
end)

case('a search without a query asks for it', function()
  open('src/main.rs')
  local prompt
  local input = vim.ui.input
  vim.ui.input = function(options, done)
    prompt = options.prompt
    done('backoff_delay')
  end
  choosing('src/retry.rs')
  vim.cmd('CodeCompass search')
  vim.ui.input = input
  same(prompt, 'Search: ')
  eventually('the code is shown', function()
    return vim.api.nvim_buf_get_name(0) == project .. '/src/retry.rs'
  end)
  checks.type('<C-o>')
  same(vim.api.nvim_buf_get_name(0), project .. '/src/main.rs')
end)

case('what is not found is said', function()
  vim.cmd('CodeCompass search path:nowhere/** anything')
  heard('nothing was found')
end)

case('similar finds code like that at the cursor', function()
  open('src/retry.rs')
  checks.cursor_on('pub fn backoff_delay')
  choosing('no such place')
  offered = nil
  vim.cmd('CodeCompass similar')
  eventually('something is offered', function()
    return offered and #offered > 0
  end)
end)

case('a code action of the server is carried out by the plugin', function()
  open('src/retry.rs')
  eventually('it is attached', function()
    return vim.lsp.buf_is_attached(0, client().id)
  end)
  checks.cursor_on('backoff_delay')
  local titles, second
  vim.ui.select = function(items, options, choose)
    if titles then
      second = options.kind
      return choose(nil)
    end
    titles = vim.tbl_map(options.format_item, items)
    for index, title in ipairs(titles) do
      if title:find('Find similar code', 1, true) then
        return choose(items[index], index)
      end
    end
  end
  vim.lsp.buf.code_action()
  eventually('the hits are offered', function()
    return second == 'codecompass.hit'
  end)
end)

case('status shows how the index is', function()
  local text = read_float('CodeCompass status')
  contains(text, 'now: ready')
  contains(text, 'languages: rust')
end)

case('doctor says what was looked at', function()
  local text = read_float('CodeCompass doctor')
  contains(text, 'configuration')
  contains(text, ':checkhealth codecompass')
end)

case('why says why a file is indexed', function()
  vim.cmd('CodeCompass why')
  heard('CodeCompass: ')
end)

case('pause, resume and reindex reach the server', function()
  vim.cmd('CodeCompass pause')
  heard('paused')
  eventually('the status line says so', function()
    return require('codecompass').statusline() == 'CodeCompass: paused'
  end)
  vim.cmd('CodeCompass resume')
  heard('goes on')
  vim.cmd('CodeCompass reindex')
  heard('built anew')
  eventually('it is ready again', function()
    return require('codecompass').statusline() == 'CodeCompass: ready'
  end, 60000)
end)

case('models answers', function()
  vim.cmd('CodeCompass models')
  eventually('something is said or shown', function()
    return #said > 0 or checks.float()
  end)
  if checks.float() then
    checks.type('q')
  end
  said = {}
  vim.cmd('CodeCompass models pull')
  heard('which model?')
end)

case('log opens what servers wrote', function()
  local windows = #vim.api.nvim_list_wins()
  vim.cmd('CodeCompass log')
  same(#vim.api.nvim_list_wins(), windows + 1)
  contains(vim.api.nvim_buf_get_name(0), 'lsp.log')
  same(vim.bo.readonly, true)
  vim.cmd('close')
end)

case('explain in a buffer that is no file says so', function()
  vim.cmd('new | setlocal buftype=nofile')
  vim.cmd('CodeCompass explain')
  heard('this is no file')
  vim.cmd('CodeCompass similar')
  heard('this is no file')
  vim.cmd('close')
end)

case('a second project joins the same server', function()
  local other = vim.env.TEST_OTHER
  vim.cmd.edit(vim.fn.fnameescape(other .. '/lantern.py'))
  local buffer = vim.api.nvim_get_current_buf()
  eventually('it is attached', function()
    return vim.lsp.buf_is_attached(buffer, client().id)
  end)
  same(#vim.lsp.get_clients(), 1)
  same(#session.children(), 1)
  choosing('lantern.py')
  open('src/main.rs')
  eventually('its code is found', function()
    vim.cmd('CodeCompass search light the lantern at dusk')
    vim.wait(300)
    return vim.api.nvim_buf_get_name(0) == other .. '/lantern.py'
  end, 30000)
  said = {}
end)

case('options of setup() reach a server that runs', function()
  require('codecompass').setup({ settings = { index = { thread = 1 } } })
  local message
  vim.lsp.handlers['window/showMessage'] = function(_, params)
    message = params.message
  end
  require('codecompass').setup({ settings = { index = { threads = 1, thread = 2 } } })
  eventually('the server names the mistake', function()
    return message and message:find('index.thread', 1, true)
  end)
end)

case('a server that is killed is started again, with all files', function()
  local buffer = open('src/main.rs')
  local first = client().id
  vim.uv.kill(session.children()[1], 'sigkill')
  heard('broke down and is started again')
  eventually('there is another one', function()
    local now = client()
    return now and now.id ~= first and vim.lsp.buf_is_attached(buffer, now.id)
  end)
  same(#vim.lsp.get_clients(), 1)
  eventually('it works', function()
    return require('codecompass').statusline() == 'CodeCompass: ready'
  end, 30000)
end)

case('restart starts another server', function()
  local first = client().id
  vim.cmd('CodeCompass restart')
  eventually('there is another one', function()
    local now = client()
    return now and now.id ~= first
  end)
end)

case('a server that breaks down again and again is left alone', function()
  for _ = 1, 4 do
    local now = eventually('it runs', client)
    vim.uv.kill(session.children()[1], 'sigkill')
    eventually('it ended', function()
      return client() ~= now
    end)
  end
  heard('is not started again')
  vim.wait(200)
  same(#vim.lsp.get_clients(), 0)
  vim.cmd('CodeCompass restart')
  eventually('restart tries it anew', client)
  said = {}
end)

case('wrong options are named in one message, and their defaults hold', function()
  local options = require('codecompass.options')
  local resolved, mistakes = options.resolve({
    serch = {},
    picker = 'dmenu',
    search = { limit = 'many', debounce = 10 },
    chat = 7,
    cmd = {},
  })
  same(resolved.picker, 'auto')
  same(resolved.search, { limit = 50, debounce = 10 })
  same(resolved.chat.position, 'right')
  same(resolved.cmd, { 'codecompass', 'lsp' })
  local all = table.concat(mistakes, '\n')
  contains(all, 'there is no "serch", did you mean "search"?')
  contains(all, '"picker" must be one of "auto", "select"')
  contains(all, '"search.limit" must be a whole number from 1 to 200, not "many"')
  contains(all, '"chat" must be a table, not 7')
  contains(all, '"cmd" must be')
  require('codecompass').setup({ picker = 'dmenu' })
  options.get()
  contains(heard('in the options'), '"picker" must be one of')
  require('codecompass').setup({ picker = 'select' })
end)

case('what the page configures is right', function()
  local given = vim.g.codecompass
  vim.g.codecompass = nil
  session.follow(vim.env.TEST_PAGE, 'Configure')
  local _, mistakes = require('codecompass.options').resolve(vim.g.codecompass)
  same(mistakes, {})
  for _, key in ipairs({ '<Leader>cs', '<Leader>ce' }) do
    local plug = vim.fn.maparg(key, 'n')
    contains(vim.fn.maparg(plug, 'n'), 'CodeCompass ')
  end
  vim.g.codecompass = given
end)

case('a program that is not there is named with advice', function()
  require('codecompass').setup({ cmd = 'codecompass-of-nowhere' })
  client():stop()
  eventually('it ends', function()
    return #vim.lsp.get_clients() == 0
  end)
  vim.cmd('CodeCompass status')
  heard('"codecompass-of-nowhere" is not on the PATH')
  require('codecompass').setup({ cmd = 'codecompass' })
end)

case(':checkhealth says what is there and what is not', function()
  open('src/main.rs')
  vim.cmd('CodeCompass restart')
  eventually('the server runs', client)
  vim.cmd('checkhealth codecompass')
  local text = checks.text_of(0)
  for _, part in ipairs({ 'codecompass 0.', 'utf-8', 'vim.ui.select', 'telescope', 'ollama serve', project }) do
    contains(text, part)
  end
  vim.cmd('bwipeout!')
end)

case('the help has its tags', function()
  vim.cmd('helptags ' .. vim.fn.fnameescape(plugin .. '/doc'))
  local tags = table.concat(vim.fn.readfile(plugin .. '/doc/tags'), '\n')
  for _, tag in ipairs({
    'codecompass.txt',
    ':CodeCompass',
    'codecompass-options',
    'codecompass-chat',
    'codecompass-lua',
  }) do
    contains(tags, tag)
  end
  for _, name in ipairs(require('codecompass.commands').NAMES) do
    contains(tags, ':CodeCompass-' .. name .. '\t')
  end
  vim.fn.delete(plugin .. '/doc/tags')
end)

case('every option is in the help', function()
  local help = table.concat(vim.fn.readfile(plugin .. '/doc/codecompass.txt'), '\n')
  local function look(group, prefix)
    for name, value in pairs(group) do
      contains(help, prefix .. name)
      if type(value) == 'table' and not vim.islist(value) then
        look(value, prefix .. name .. '.')
      end
    end
  end
  look((require('codecompass.options').resolve({})), '')
end)

case('no global variable is left behind', function()
  local more = vim.tbl_filter(function(name)
    return not vim.tbl_contains(globals, name)
  end, vim.tbl_keys(_G))
  same(more, {})
end)

checks.finish()
