-- Each picker that searches while one types: what the plugin hands to it finds code, shows it where it is, and takes back what
-- nobody waits for any more. The pickers themselves are played here by the parts of them that the plugin calls; `screens`
-- drives real ones where there are any.

local project, here = vim.env.TEST_PROJECT, vim.env.TEST_HERE
local checks = dofile(here .. '/checks.lua')
local case, same, contains, eventually = checks.case, checks.same, checks.contains, checks.eventually

vim.o.swapfile = false
vim.cmd('filetype on')
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h:h:h') .. '/editors/neovim')
vim.cmd('runtime plugin/codecompass.lua')

local said = {}
vim.notify = function(message)
  table.insert(said, message)
end

local QUERY = 'read the configuration'
local FILE = project .. '/src/config.rs'

local function client()
  local found = vim.lsp.get_clients({ name = 'codecompass' })[1]
  return found and found.initialized and found
end

vim.cmd.edit(vim.fn.fnameescape(project .. '/src/main.rs'))
eventually('the index is ready', function()
  return client() and require('codecompass').statusline() == 'CodeCompass: ready'
end, 60000)

-- How many searches were taken back while `typing`.
local function cancelled(typing)
  local count = 0
  local original = client().cancel_request
  client().cancel_request = function(...)
    count = count + 1
    return original(...)
  end
  typing()
  client().cancel_request = nil
  return count
end

local function use(name)
  require('codecompass').setup({ picker = name, search = { debounce = 0 } })
end

case('without a picker vim.ui.select is used', function()
  same(require('codecompass.pickers').chosen(), 'select')
end)

case('a picker that is wanted and not there is named', function()
  use('telescope')
  local offered
  vim.ui.select = function(items)
    offered = items
  end
  vim.cmd('CodeCompass search ' .. QUERY)
  eventually('it is searched nevertheless', function()
    return offered
  end)
  contains(said[#said], 'the picker "telescope" is not installed')
end)

case('a search that is typed on takes back the one before', function()
  local source = require('codecompass.source').live()
  local results = {}
  local count = cancelled(function()
    for _, text in ipairs({ 'r', 're', 'rea', QUERY }) do
      source.search(text, function(items)
        results[text] = items
      end)
    end
    eventually('the last one finds it', function()
      return results[QUERY]
    end)
  end)
  same(count, 3)
  same(results.r, {})
  same(results[QUERY][1].file, FILE)
end)

case('typing fast asks once', function()
  require('codecompass').setup({ search = { debounce = 50 } })
  local source = require('codecompass.source').live()
  local asked = 0
  local original = client().request
  client().request = function(...)
    asked = asked + 1
    return original(...)
  end
  local found
  source.search('x', function() end)
  for _, text in ipairs({ 're', 'rea', QUERY }) do
    source.search(text, function(items)
      found = items
    end)
  end
  eventually('it is found', function()
    return found and #found > 0
  end)
  client().request = nil
  -- The first key is not waited for.
  same(asked, 2)
  require('codecompass').setup({ search = { debounce = 0 } })
end)

-- telescope.nvim: a finder is called in a coroutine with the prompt, its entries are previewed by file and line.
local telescope = {}
package.preload['telescope'] = function()
  return {
    register_extension = function(extension)
      return extension
    end,
  }
end
package.preload['telescope.config'] = function()
  return {
    values = {
      grep_previewer = function()
        return 'preview'
      end,
      generic_sorter = function()
        return 'generic'
      end,
    },
  }
end
package.preload['telescope.finders'] = function()
  return {
    new_table = function(opts)
      return opts
    end,
    new_dynamic = function(opts)
      return opts
    end,
  }
end
package.preload['telescope.sorters'] = function()
  return {
    empty = function()
      return 'none'
    end,
  }
end
package.preload['telescope.pickers.entry_display'] = function()
  return {
    create = function()
      return function(columns)
        return columns
      end
    end,
  }
end
package.preload['plenary.async.control'] = function()
  return {
    channel = {
      oneshot = function()
        local value, waiting
        return function(sent)
          value = { sent }
          if waiting then
            assert(coroutine.resume(waiting))
          end
        end, function()
          if not value then
            waiting = coroutine.running()
            coroutine.yield()
          end
          return value[1]
        end
      end,
    },
  }
end
package.preload['telescope.pickers'] = function()
  return {
    new = function(_, picker)
      telescope = picker
      picker.find = function()
        picker.prompt_bufnr = vim.api.nvim_create_buf(false, true)
      end
      return picker
    end,
  }
end

case('telescope finds what is typed, and previews it', function()
  use('telescope')
  vim.cmd('CodeCompass search')
  same(telescope.previewer, 'preview')
  local results
  coroutine.wrap(function()
    results = telescope.finder.fn(QUERY)
  end)()
  eventually('it is found', function()
    return results
  end)
  local entry = telescope.finder.entry_maker(results[1])
  same({ entry.filename, entry.lnum, entry.col }, { FILE, 1, 1 })
  contains(vim.inspect(entry.display()), 'parse_config · function')
  -- The order is that of the server.
  same(telescope.sorter, 'none')
end)

case('telescope takes back its search when it closes', function()
  local count = cancelled(function()
    coroutine.wrap(function()
      telescope.finder.fn('wait')
    end)()
    vim.api.nvim_buf_delete(telescope.prompt_bufnr, { force = true })
  end)
  same(count, 1)
end)

case('telescope has an extension', function()
  require('telescope._extensions.codecompass').exports.codecompass({ query = 'retry' })
  same(telescope.default_text, 'retry')
end)

case('telescope narrows down what was found already', function()
  vim.cmd.edit(vim.fn.fnameescape(FILE))
  telescope = {}
  vim.cmd('CodeCompass similar')
  eventually('it opens', function()
    return telescope.finder
  end)
  same(telescope.sorter, 'generic')
  assert(#telescope.finder.results > 0)
end)

-- fzf-lua: a function gives another one for each query, which is called with where its lines go, nil at the end.
local fzf = {}
package.preload['fzf-lua'] = function()
  return {
    defaults = { actions = { files = { enter = 'edit' } } },
    fzf_live = function(contents, opts)
      fzf = { contents = contents, opts = opts }
    end,
    fzf_exec = function(lines, opts)
      fzf = { lines = lines, opts = opts }
    end,
  }
end

case('fzf-lua gets lines that its preview and its actions read', function()
  use('fzf-lua')
  vim.cmd('CodeCompass search retries')
  same(fzf.opts.query, 'retries')
  same(fzf.opts.previewer, 'builtin')
  same(fzf.opts.actions, { enter = 'edit' })
  local lines, ended = {}, false
  fzf.contents({ QUERY })(function(line)
    ended = line == nil
    table.insert(lines, line)
  end)
  eventually('it ends', function()
    return ended
  end)
  contains(lines[1], 'src/config.rs:1:1: parse_config · function')
  vim.cmd.edit(vim.fn.fnameescape(FILE))
  fzf = {}
  vim.cmd('CodeCompass similar')
  eventually('what was found already opens', function()
    return fzf.lines and fzf.lines[1]:find('%.rs:%d+:%d+: ')
  end)
end)

-- snacks.nvim: a finder gives a function that runs in a coroutine and may wait.
local snacks = {}
package.preload['snacks'] = function()
  return {
    config = { picker = {} },
    picker = {
      pick = function(opts)
        snacks = opts
      end,
    },
  }
end

case('snacks is not taken by itself unless its picker is turned on', function()
  use('auto')
  require('snacks').config.picker.enabled = nil
  assert(require('codecompass.pickers').chosen() ~= 'snacks')
  require('snacks').config.picker.enabled = true
  same(require('codecompass.pickers').chosen(), 'snacks')
end)

case('snacks finds what is typed, and previews it', function()
  use('snacks')
  vim.cmd('CodeCompass search')
  same(snacks.live, true)
  same(snacks.preview, 'file')
  local items, routine = {}, nil
  local context = { filter = { search = QUERY }, async = {} }
  function context.async.suspend()
    coroutine.yield()
  end
  function context.async.resume()
    assert(coroutine.resume(routine))
  end
  local find = snacks.finder(snacks, context)
  routine = coroutine.create(function()
    find(function(item)
      table.insert(items, item)
    end)
  end)
  assert(coroutine.resume(routine))
  eventually('it is found', function()
    return #items > 0
  end)
  same({ items[1].file, items[1].pos }, { FILE, { 1, 0 } })
  contains(vim.inspect(snacks.format(items[1])), 'parse_config')
  context.filter.search = ''
  same(snacks.finder(snacks, context), {})
end)

-- mini.pick: `match` is called with what is typed, a letter an entry, and items are set from outside.
local mini = { tick = 1 }
package.preload['mini.pick'] = function()
  return {
    config = {},
    get_querytick = function()
      return mini.tick
    end,
    is_picker_active = function()
      return true
    end,
    set_picker_query = function(query)
      mini.query = query
    end,
    set_picker_items = function(items, opts)
      mini.items, mini.opts = items, opts
      -- As the real one does.
      mini.source.match({}, {}, mini.query)
    end,
    start = function(opts)
      mini.source = opts.source
      mini.items = opts.source.items
    end,
  }
end

case('mini.pick is used once it is set up', function()
  use('mini.pick')
  same(require('codecompass.pickers').is_usable('mini.pick'), false)
  rawset(_G, 'MiniPick', require('mini.pick'))
  same(require('codecompass.pickers').is_usable('mini.pick'), true)
end)

case('mini.pick finds what is typed, and asks once', function()
  vim.cmd('CodeCompass search')
  mini.tick, mini.query = 2, vim.split(QUERY, '')
  mini.source.match({}, {}, mini.query)
  eventually('it is found', function()
    return #mini.items > 0
  end)
  same({ mini.items[1].path, mini.items[1].lnum }, { FILE, 1 })
  same(mini.opts, { do_match = false, querytick = 2 })
  contains(mini.items[1].text, 'parse_config')
end)

case('mini.pick begins with the query of the command', function()
  vim.cmd('CodeCompass search où')
  eventually('it is typed', function()
    return vim.deep_equal(mini.query, { 'o', 'ù' })
  end)
  rawset(_G, 'MiniPick', nil)
end)

checks.finish()
