-- telescope.nvim. Also `:Telescope codecompass`.

local hits = require('codecompass.hits')

local M = {}

function M.usable()
  return (pcall(require, 'telescope'))
end

---@param found codecompass.Item
local function entry(found)
  local entry_display = require('telescope.pickers.entry_display')
  local displayer = entry_display.create({
    separator = ' ',
    items = { { width = 34 }, { width = 5 }, { remaining = true } },
  })
  return {
    value = found,
    ordinal = hits.label(found) .. ' ' .. found.path,
    filename = found.file,
    lnum = found.lnum,
    col = found.col,
    display = function()
      return displayer({
        hits.label(found),
        { ('%.2f'):format(found.score), 'TelescopeResultsNumber' },
        { hits.place(found), 'TelescopeResultsComment' },
      })
    end,
  }
end

---@param source codecompass.Source
---@param opts? table Telescope's own options.
function M.open(source, opts)
  local config = require('telescope.config').values
  local finders = require('telescope.finders')
  opts = opts or {}
  local finder
  if source.items then
    finder = finders.new_table({ results = source.items, entry_maker = entry })
  else
    finder = finders.new_dynamic({
      entry_maker = entry,
      fn = function(query)
        -- Telescope calls this in a coroutine of its own and waits.
        local tell, wait = require('plenary.async.control').channel.oneshot()
        source.search(query or '', function(items)
          tell(items)
        end)
        return wait()
      end,
    })
  end
  local picker = require('telescope.pickers').new(opts, {
    prompt_title = source.title,
    default_text = source.query,
    finder = finder,
    previewer = config.grep_previewer(opts),
    -- The server's order is the right one. What was found already may be narrowed down.
    sorter = source.items and config.generic_sorter(opts) or require('telescope.sorters').empty(),
  })
  picker:find()
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = picker.prompt_bufnr,
    once = true,
    callback = function()
      source.cancel()
    end,
  })
end

return M
