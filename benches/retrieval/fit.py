#!/usr/bin/env python3
"""Fits the weights of the ranking on the open questions, and says how well they do on trees that they were not fitted on.

    TREES=... FEATURES=features.jsonl cargo bench --bench retrieval     writes the features of every candidate
    python3 benches/retrieval/fit.py features.jsonl                     prints weights and NDCG@10 by kind
    python3 benches/retrieval/fit.py features.jsonl --ablate            and what each group of features brings

Loss: for each query the cross-entropy of a soft-max over its candidates (over files for change and question rows; a file
has the score of its best chunk), with a small pull towards zero. Change and doc rows weigh twice as much as the few question
rows. Five folds by tree, in several divisions. Needs numpy and scipy.
"""
import argparse, json, re
from pathlib import Path
import numpy as np
from scipy.optimize import minimize

HERE = Path(__file__).parent
RANK = HERE.parents[1] / 'server/core/src/rank.rs'
KINDS = ('change', 'doc', 'question')
KIND_WEIGHT = {'change': 2, 'doc': 2, 'question': 1}
PULL = 5e-3
DIVISIONS = (7, 1)
GROUPS = {
    'all vectors': 'window-cosine cosine head-cosine path-cosine',
    'test and side': 'test side',
    'file evidence': 'file-best-coverage file-coverage file-words best-line',
    'names': 'name-words name-match exact-name name-coverage',
    'name-match and name-coverage': 'name-match name-coverage',
    'file-name and path-cosine': 'file-name path-cosine',
    'coverage and file-best-coverage': 'coverage file-best-coverage',
}


class Data:
    """All candidates of all queries. What is ranked (a file, or a chunk for doc rows) is a group of consecutive rows."""

    def __init__(self, path):
        questions = {}
        for line in open(HERE / 'open.jsonl'):
            q = json.loads(line); questions[q['id']] = q
        self.queries, features, right, groups, sizes = [], [], [], [], []
        for line in open(path):
            r = json.loads(line); q = questions[r['id']]; rows = r['rows']; first = groups[-1] + 1 if groups else 0
            if q['kind'] == 'doc':
                right += [any(row[0] == t['path'] and row[1] <= t['end'] and row[2] >= t['start'] for t in q['targets']) for row in rows]
                groups += range(first, first + len(rows))
            else:
                want = {t['path'] for t in q['targets']}; skip = set(q.get('secondary', ())) - want
                rows = sorted((row for row in rows if row[0] not in skip), key=lambda row: row[0])
                ids = {}
                right += [row[0] in want for row in rows]; groups += [first + ids.setdefault(row[0], len(ids)) for row in rows]
            features += [np.array(row[3], np.float32) for row in rows]; sizes.append(len(rows)); self.queries.append(q)
        self.x = np.stack(features); right = np.array(right); self.group = np.array(groups)
        self.query = np.repeat(np.arange(len(sizes)), sizes)
        self.first = np.flatnonzero(np.r_[True, np.diff(self.group) != 0])
        self.right, self.query_of_group = right[self.first], self.query[self.first]
        self.bounds = np.searchsorted(self.query_of_group, np.arange(len(sizes) + 1))
        self.kind = np.array([q['kind'] for q in self.queries])
        self.tree = np.array([q.get('tree', q['repo']) for q in self.queries])

    def ndcg(self, weights):
        top = np.maximum.reduceat(self.x @ weights.astype(np.float32), self.first); gain = 1 / np.log2(np.arange(2, 12))
        out = np.zeros(len(self.queries))
        for i, q in enumerate(self.queries):
            a, b = self.bounds[i:i + 2]
            hits = np.flatnonzero(self.right[a:b][np.argsort(-top[a:b], kind='stable')[:10]])
            if len(hits) and q['kind'] == 'doc': out[i] = gain[hits[0]]
            elif len(hits): out[i] = gain[hits].sum() / gain[:len({t['path'] for t in q['targets']})].sum()
        return out

    def means(self, values): return {k: round(float(values[self.kind == k].mean()), 4) for k in KINDS}

    def covered(self):
        any_right = np.array([self.right[a:b].any() for a, b in zip(self.bounds, self.bounds[1:])])
        return self.means(any_right)


def fit(data, columns, inside, scale, start):
    groups = np.diff(data.bounds); hits = np.array([data.right[a:b].sum() for a, b in zip(data.bounds, data.bounds[1:])])
    use = inside & (hits > 0) & (hits < groups); share = np.zeros(len(use))
    for k in KINDS: share[data.kind == k] = KIND_WEIGHT[k] / max(1, (inside & (data.kind == k)).sum())
    rows = use[data.query]; x = (data.x[rows][:, columns] / scale[columns]).astype(np.float32); group = data.group[rows]
    first = np.flatnonzero(np.r_[True, np.diff(group) != 0]); size = np.diff(np.r_[first, len(group)])
    query = data.query[rows][first]; right = data.right[use[data.query_of_group]]
    at = np.flatnonzero(np.r_[True, np.diff(query) != 0]); count = np.diff(np.r_[at, len(query)]); share = share[query[at]]

    def objective(w):
        s = x @ w.astype(np.float32); top = np.maximum.reduceat(s, first)
        best = np.flatnonzero(s == np.repeat(top, size)); of = np.repeat(np.arange(len(first)), size)[best]
        best = best[np.r_[True, np.diff(of) != 0]]
        top = top.astype(np.float64); e = np.exp(top - np.repeat(np.maximum.reduceat(top, at), count))
        p = e / np.repeat(np.add.reduceat(e, at), count); found = np.add.reduceat(p * right, at) + 1e-12
        gradient = np.zeros(len(s), np.float32)
        gradient[best] = np.repeat(share, count) * (p - np.where(right, p / np.repeat(found, count), 0))
        return -(share * np.log(found)).sum() + PULL * (w @ w), (x.T @ gradient).astype(np.float64) + 2 * PULL * w

    w = minimize(objective, start[columns], jac=True, method='L-BFGS-B', options={'maxiter': 150, 'ftol': 1e-7}).x
    full = np.zeros(data.x.shape[1]); full[columns] = w
    return full


def cross_validate(data, columns, scale):
    whole = fit(data, columns, np.ones(len(data.queries), bool), scale, np.zeros(len(scale)))
    out = np.zeros(len(data.queries))
    for seed in DIVISIONS:
        trees = np.array(sorted(set(data.tree))); np.random.default_rng(seed).shuffle(trees)
        for fold in range(5):
            held = np.isin(data.tree, trees[fold::5])
            out += data.ndcg(fit(data, columns, ~held, scale, whole) / scale) * held / len(DIVISIONS)
    return out, whole


def interval(data, before, after):
    """Paired bootstrap over queries, 95%."""
    rng = np.random.default_rng(0); parts = []
    for k in KINDS:
        d = (after - before)[data.kind == k]; means = [d[rng.integers(0, len(d), len(d))].mean() for _ in range(2000)]
        parts.append(f'{d.mean():+.3f} [{np.percentile(means, 2.5):+.3f},{np.percentile(means, 97.5):+.3f}]')
    return ' | '.join(parts)


def main():
    a = argparse.ArgumentParser(); a.add_argument('features')
    a.add_argument('--drop', default='', help='features to leave out, comma separated')
    a.add_argument('--ablate', action='store_true', help='leave out each group and each feature in turn')
    o = a.parse_args()
    pairs = re.findall(r'feature\("([a-z-]+)", (-?[0-9.]+),', RANK.read_text())
    labels = [n for n, _ in pairs]; now = np.array([float(v) for _, v in pairs]); data = Data(o.features)
    print('candidates hold an answer:', data.covered())
    print('weights as they are:      ', data.means(data.ndcg(now)))
    scale = data.x.std(0).astype(np.float64); scale[scale == 0] = 1
    without = lambda names: [i for i, n in enumerate(labels) if n not in names]
    held, w = cross_validate(data, without(o.drop.split(',')), scale)
    print('cross-validated by tree:  ', data.means(held))
    print('fitted on all:            ', data.means(data.ndcg(w / scale)))
    for n, v, s in zip(labels, w, scale): print(f'    feature("{n}", {v / s:.2f}, ...)   x spread {v:+.2f}')
    if o.ablate:
        for name, group in {**GROUPS, **{n: n for n in labels}}.items():
            print(f'| {name} | {interval(data, held, cross_validate(data, without(group.split()), scale)[0])} |', flush=True)


main()
