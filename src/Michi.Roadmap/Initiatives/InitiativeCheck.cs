using Michi.Approach;
using Michi.Platform;

namespace Michi.Roadmap.Initiatives;

/// <summary>What an initiative is checked against.</summary>
/// <param name="Others">The place's other initiatives that stand, by code.</param>
/// <param name="Challenges">Codes of the place's challenges.</param>
/// <param name="Districts">Slugs of the places below.</param>
/// <param name="Steps">Ids of the vision's objectives, targets and logic.</param>
internal sealed record InitiativeSurroundings(
    InitiativeLibrary Library, ContentPack Pack, IReadOnlyDictionary<string, InitiativeFacts> Others, IReadOnlySet<string> Challenges, IReadOnlySet<string> Districts, IReadOnlySet<string> Steps);

/// <summary>Checks what somebody says of an initiative, from a form or through the API, and gives it back trimmed. Pure.</summary>
internal static class InitiativeCheck
{
    /// <summary>Largest amount, in the currency of the plan.</summary>
    public const double MaxAmount = 1e15;

    public const int MaxQuarters = 60, MaxPeople = 10_000, MaxRows = 60;

    public static IReadOnlyList<string> Helix { get; } = ["public", "private", "academia", "citizens"];

    /// <summary>The nine blocks of the business model canvas (Osterwalder &amp; Pigneur 2010).</summary>
    public static IReadOnlyList<string> Canvas { get; } =
        ["partners", "activities", "resources", "value", "relationships", "channels", "segments", "costs", "revenues"];

    /// <param name="code">Its own code; empty while it has none.</param>
    /// <param name="first">Language whose field is named where a text is missing.</param>
    public static InitiativeFacts Run(InputCheck check, InitiativeFacts given, string code, InitiativeSurroundings around, string first)
    {
        ArgumentNullException.ThrowIfNull(check);
        var (library, others) = (around.Library, around.Others);
        var elements = around.Pack.Elements.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        var facts = given with
        {
            Names = check.Texts("names", given.Names, 200, first),
            Purpose = check.Texts("purpose", given.Purpose, 4000, first, required: false),
            Result = check.Texts("result", given.Result, 4000, first, required: false),
            Steps = check.Texts("steps", given.Steps, 4000, first, required: false),
            Spread = check.Texts("spread", given.Spread, 4000, first, required: false),
            Procurement = check.Texts("procurement", given.Procurement, 4000, first, required: false),
            QuickWinCondition = check.Texts("quickWinCondition", given.QuickWinCondition, 1000, first, required: false),
            Sector = check.Choice("sector", given.Sector, [.. library.Sectors]),
            Type = check.Choice("type", given.Type, ["area", "sector"]),
            Owner = check.Line("owner", given.Owner, 200, required: false),
            District = Optional("district", given.District, around.Districts),
            Groups = Known("groups", given.Groups, PeopleGroups.All),
            Partners = Rows("partners", given.Partners, (p, at) => new Partner(check.Choice($"{at}-helix", p.Helix, [.. Helix]), check.Line($"{at}-name", p.Name, 200))),
            Lifts = Rows("lifts", given.Lifts, LiftOf),
            Cost = Range("cost", given.Cost, 0, MaxAmount),
            Operation = Range("operation", given.Operation, 0, MaxAmount),
            Revenue = Range("revenue", given.Revenue, 0, MaxAmount),
            Duration = Range("duration", given.Duration, 1, MaxQuarters),
            Beneficiaries = Range("beneficiaries", given.Beneficiaries, 0, 1),
            People = PeopleOf(),
            Funding = Rows("funding", given.Funding, FundingOf),
            OperationSource = given.OperationSource is { Length: > 0 } source ? check.Line("operationSource", source, 60) : null,
            Prerequisites = Rows("prerequisites", given.Prerequisites, (p, at) => new Prerequisite(Code($"{at}-initiative", p.Initiative), (int)(check.Number($"{at}-lag", p.Lag, 0, MaxQuarters, whole: true) ?? 0))),
            Needs = Rows("needs", given.Needs, (n, at) => new LevelNeed(Element($"{at}-element", n.Element), (int)(check.Number($"{at}-level", n.Level, 1, ContentPack.Levels - 1, whole: true) ?? 1))),
            Excludes = Codes("excludes", given.Excludes),
            Together = Codes("together", given.Together),
            Benefits = BenefitsOf(),
            Risks = Known("risks", given.Risks, library.Risks),
            Kpis = Rows("kpis", given.Kpis, KpiOf),
            Milestones = Rows("milestones", given.Milestones, (m, at) => new Milestone(check.Line($"{at}-id", m.Id, 60), check.Texts($"{at}-names", m.Names, 200, first), (int)(check.Number($"{at}-quarter", m.Quarter, 0, MaxQuarters, whole: true) ?? 0))),
            Canvas = CanvasOf(),
            Challenges = Known("challenges", given.Challenges, around.Challenges),
            LeadsTo = Known("leadsTo", given.LeadsTo, around.Steps),
            Support = Rows("support", given.Support, (s, at) => new SupportRequest(check.Choice($"{at}-programme", s.Programme, [.. around.Pack.Programmes.Select(p => p.Id)]), check.Line($"{at}-whom", s.Whom, 200, required: false), check.Text($"{at}-what", s.What, 1000, required: false))),
        };
        CheckShares(facts.Funding);
        CheckLifts(facts.Lifts);
        CheckTies(facts);
        return facts;

        // JSON may carry null where a list wants something; a form never does.
        List<T> Rows<T>(string field, IReadOnlyList<T> rows, Func<T, string, T> one)
        {
            if (rows.Count > MaxRows) check.Refuse(field, "initiative-too-many", MaxRows);
            return [.. rows.Take(MaxRows).Select((row, i) => (row, i)).Where(r => r.row is not null).Select(r => one(r.row, FormattableString.Invariant($"{field}-{r.i}")))];
        }

        List<string> Known(string field, IReadOnlyList<string> ids, IEnumerable<string> known)
        {
            var possible = known.ToHashSet(StringComparer.Ordinal);
            if (ids.FirstOrDefault(i => i is null || !possible.Contains(i)) is { } unknown) check.Refuse(field, "initiative-unknown-id", Shown(unknown));
            return [.. ids.Where(i => i is not null && possible.Contains(i)).Distinct()];
        }

        string? Optional(string field, string? id, IReadOnlySet<string> known)
        {
            if (string.IsNullOrEmpty(id)) return null;
            if (!known.Contains(id)) check.Refuse(field, "initiative-unknown-id", Shown(id));
            return id;
        }

        string Code(string field, string id)
        {
            if (id == code && code.Length > 0) check.Refuse(field, "initiative-itself");
            else if (id is null || !others.ContainsKey(id)) check.Refuse(field, "initiative-unknown", Shown(id));
            return id ?? "";
        }

        List<string> Codes(string field, IReadOnlyList<string> ids)
        {
            if (ids.Count > MaxRows) check.Refuse(field, "initiative-too-many", MaxRows);
            return [.. ids.Take(MaxRows).Select(id => Code(field, id)).Distinct()];
        }

        string Element(string field, string id)
        {
            if (id is null || !elements.Contains(id)) check.Refuse(field, "unknown-element", Shown(id), $"{around.Pack.Elements[0].Id}–{around.Pack.Elements[^1].Id}");
            return id ?? "";
        }

        Expected Range(string field, Expected value, double min, double max)
        {
            var low = check.Number($"{field}-low", value.Low, min, max);
            var planned = check.Number($"{field}-planned", value.Planned, min, max);
            var high = check.Number($"{field}-high", value.High, min, max);
            if (low > planned) check.Refuse($"{field}-low", "initiative-above-planned");
            if (high < planned) check.Refuse($"{field}-high", "initiative-below-planned");
            var source = check.Line($"{field}-source", value.Source, 1000, required: false);
            if (source.Length == 0 && (low > 0 || planned > 0 || high > 0)) check.Refuse($"{field}-source", "initiative-source-or-assumption");
            return new(low ?? min, planned ?? min, high ?? min, source.Length == 0 ? Expected.Assumption : source);
        }

        Dictionary<string, Expected> PeopleOf()
        {
            foreach (var pool in given.People.Keys.Where(p => !library.Pools.Contains(p))) check.Refuse("people", "initiative-unknown-id", Shown(pool));
            return given.People.Where(p => p.Value is not null && library.Pools.Contains(p.Key)).ToDictionary(p => p.Key, p => Range($"people-{p.Key}", p.Value, 0, MaxPeople));
        }

        LiftClaim LiftOf(LiftClaim lift, string at)
        {
            var from = (int)(check.Number($"{at}-from", lift.From, 0, ContentPack.Levels - 2, whole: true) ?? 0);
            var to = (int)(check.Number($"{at}-to", lift.To, 1, ContentPack.Levels - 1, whole: true) ?? 1);
            if (to <= from) check.Refuse($"{at}-to", "initiative-level-above", from);
            return new(Element($"{at}-element", lift.Element), from, to, check.Texts($"{at}-condition", lift.Condition, 1000, first, required: false), lift.Holds);
        }

        FundingShare FundingOf(FundingShare share, string at) => new(check.Line($"{at}-source", share.Source, 60), check.Number($"{at}-share", share.Share, 0, 1) ?? 0,
            share.Year is null ? null : (int?)check.Number($"{at}-year", share.Year, 1, 15, whole: true));

        Kpi KpiOf(Kpi kpi, string at) => new(check.Line($"{at}-id", kpi.Id, 60), check.Texts($"{at}-names", kpi.Names, 200, first), check.Line($"{at}-unit", kpi.Unit, 40), kpi.MoreIsBetter,
            check.Line($"{at}-source", kpi.Source, 200), check.Number($"{at}-baseline", kpi.Baseline, -MaxAmount, MaxAmount, required: false), check.Number($"{at}-goal", kpi.Goal, -MaxAmount, MaxAmount, required: false),
            Optional($"{at}-target", kpi.Target, around.Steps));

        Dictionary<string, int> BenefitsOf()
        {
            foreach (var (kind, strength) in given.Benefits)
            {
                if (!library.Benefits.Contains(kind)) check.Refuse("benefits", "initiative-unknown-id", Shown(kind));
                else check.Number($"benefits-{kind}", strength, 1, 3, whole: true);
            }
            return given.Benefits;
        }

        Dictionary<string, string> CanvasOf()
        {
            foreach (var block in given.Canvas.Keys.Where(b => !Canvas.Contains(b))) check.Refuse("canvas", "initiative-unknown-id", Shown(block));
            return given.Canvas.Where(b => Canvas.Contains(b.Key)).Select(b => (b.Key, Text: check.Text($"canvas-{b.Key}", b.Value, 2000, required: false))).Where(b => b.Text.Length > 0).ToDictionary(b => b.Key, b => b.Text);
        }

        // Shares of every year, and of those that name none, are the whole set-up cost at most.
        void CheckShares(IReadOnlyList<FundingShare> shares)
        {
            foreach (var year in shares.GroupBy(s => s.Year).Where(y => y.Sum(s => s.Share) > 1 + 1e-9)) check.Refuse("funding", "initiative-shares-above-one", Math.Round(year.Sum(s => s.Share) * 100, 1));
        }

        void CheckLifts(IReadOnlyList<LiftClaim> lifts)
        {
            for (var i = 0; i < lifts.Count; i++)
                if (lifts.Take(i).Any(l => l.Element == lifts[i].Element && l.From < lifts[i].To && lifts[i].From < l.To)) check.Refuse(FormattableString.Invariant($"lifts-{i}-from"), "initiative-lifts-overlap", lifts[i].Element);
        }

        void CheckTies(InitiativeFacts checkedFacts)
        {
            if (checkedFacts.Excludes.Intersect(checkedFacts.Together).FirstOrDefault() is { } both) check.Refuse("together", "initiative-exclusive-and-together", Name(both));
            var path = PathBack(checkedFacts.Prerequisites.Select(p => p.Initiative));
            if (path is not null) check.Refuse("prerequisites", "initiative-prerequisite-cycle", string.Join(" → ", path.Select(Name)));
            else if (Before(checkedFacts.Prerequisites.Select(p => p.Initiative)).FirstOrDefault(b => checkedFacts.Excludes.Contains(b) || (others.TryGetValue(b, out var other) && code.Length > 0 && other.Excludes.Contains(code))) is { } needed)
                check.Refuse("excludes", "initiative-exclusive-and-needed", Name(needed));

            string Name(string id) => id == code ? checkedFacts.NameIn(first) : others.TryGetValue(id, out var other) ? other.NameIn(first) : id;
        }

        // The way along prerequisites that leads back to the initiative itself, both ends included; null where there is none.
        IReadOnlyList<string>? PathBack(IEnumerable<string> start)
        {
            if (code.Length == 0) return null;
            var (cameFrom, queue) = (new Dictionary<string, string>(StringComparer.Ordinal), new Queue<string>());
            foreach (var id in start.Where(s => s != code && cameFrom.TryAdd(s, code))) queue.Enqueue(id);
            while (queue.TryDequeue(out var at))
            {
                foreach (var next in others.TryGetValue(at, out var other) ? other.Prerequisites.Select(p => p.Initiative) : [])
                {
                    if (next == code)
                    {
                        var path = new List<string> { code };
                        for (var step = at; step != code; step = cameFrom[step]) path.Insert(0, step);
                        return [code, .. path];
                    }
                    if (cameFrom.TryAdd(next, at)) queue.Enqueue(next);
                }
            }
            return null;
        }

        HashSet<string> Before(IEnumerable<string> start)
        {
            var (seen, queue) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>(start));
            while (queue.TryDequeue(out var at))
                if (seen.Add(at) && others.TryGetValue(at, out var other))
                    foreach (var next in other.Prerequisites) queue.Enqueue(next.Initiative);
            return seen;
        }
    }

    private static string Shown(string? text) => text is null ? "" : text.Length <= 60 ? text : $"{text[..60]}…";
}
