-- fzf-lua.

local hits = require('codecompass.hits')

local M = {}

function M.usable()
  local ok, fzf = pcall(require, 'fzf-lua')
  return ok and type(fzf.fzf_live) == 'function'
end

-- The place first, as in `grep`'s output, because that is what fzf-lua's preview and actions read.
---@param found codecompass.Item
---@return string
local function line(found)
  local text = ('%s (%.2f)'):format(hits.label(found), found.score)
  return ('%s:%d:%d: %s'):format(found.path, found.lnum, found.col, (text:gsub('[%c]', ' ')))
end

---@param source codecompass.Source
function M.open(source)
  local fzf = require('fzf-lua')
  local opts = {
    prompt = source.title .. '> ',
    query = source.query,
    previewer = 'builtin',
    actions = (fzf.defaults.actions or {}).files,
    file_icons = false,
    git_icons = false,
    exec_empty_query = false,
    fzf_opts = { ['--delimiter'] = ':', ['--multi'] = true },
    winopts = { title = ' CodeCompass ' },
  }
  if source.items then
    opts.query = nil
    return fzf.fzf_exec(vim.tbl_map(line, source.items), opts)
  end
  opts.winopts.on_close = source.cancel
  fzf.fzf_live(function(args)
    local query = type(args) == 'table' and args[1] or args or ''
    return function(each)
      -- Called outside of the editor's main loop.
      vim.schedule(function()
        source.search(query, function(items)
          for _, found in ipairs(items) do
            each(line(found))
          end
          each(nil)
        end)
      end)
    end
  end, opts)
end

return M
