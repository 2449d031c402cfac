using System.Globalization;

namespace Michi.Approach;

/// <summary>A library, or why it could not be read.</summary>
public sealed record LibraryReading(InitiativeLibrary? Library, IReadOnlyList<PackProblem> Problems)
{
    public bool IsSound => Library is not null && Problems.Count == 0;
}

/// <summary>Reads the initiative library from its folder and checks it against the pack whose elements it lifts; every problem names file and line.</summary>
public sealed class InitiativeReader : YamlFields
{
    private const string Head = "library.yaml";
    private const string WeightsFile = "weights.yaml";
    private readonly string _folder;
    private readonly ContentPack _pack;
    private readonly HashSet<string> _elements;

    private InitiativeReader(string folder, ContentPack pack, List<PackProblem> problems) : base(problems) =>
        (_folder, _pack, _elements) = (folder, pack, pack.Elements.Select(e => e.Id).ToHashSet(StringComparer.Ordinal));

    /// <summary>Reads the library in a folder.</summary>
    public static LibraryReading Read(string folder, ContentPack pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        var problems = new List<PackProblem>();
        var library = new InitiativeReader(folder, pack, problems).Read();
        return new(problems.Count == 0 ? library : null, problems);
    }

    private InitiativeLibrary? Read()
    {
        if (File(Head) is not { } head || File(WeightsFile) is not { } weights) return null;
        var (languages, sectors, pools, risks) = (Strings(head, "languages"), Strings(head, "sectors"), Strings(head, "pools"), Strings(head, "risks"));
        var (benefits, units, scales, types) = (Strings(head, "benefits"), Strings(head, "units"), Strings(head, "scales"), Strings(head, "types"));
        var gates = Strings(head, "gates");
        var maturities = (Need(head, "maturities")?.Items ?? []).Select(m => new LibraryMaturity(Text(m, "id"), OneOf(m, "stage", [.. _pack.Stages.Select(s => s.Id)]))).ToList();
        var basis = Need(head, "basis");
        var rows = sectors.SelectMany(s => File($"{s}.yaml")?["initiatives"]?.Items ?? []).ToList();
        var lines = new Dictionary<string, YamlTree>(StringComparer.Ordinal);
        foreach (var row in rows)
            if (!lines.TryAdd(Text(row, "id"), row)) Add(row, PackProblemCode.DuplicateId, Text(row, "id"), lines[Text(row, "id")].Line.ToString(CultureInfo.InvariantCulture));
        if (Problems.Count > 0 || basis is null) return null;

        var initiatives = rows.Select(row => new LibraryInitiative
        {
            Id = Text(row, "id"),
            Sector = OneOf(row, "sector", Path.GetFileNameWithoutExtension(row.File)),
            Type = OneOf(row, "type", [.. types]),
            Maturity = OneOf(row, "maturity", [.. maturities.Select(m => m.Id)]),
            Lifts = Lifts(row),
            Cost = Range(row, "cost"),
            IsPerCapita = row["cost"] is { } cost && OneOf(cost, "scale", [.. scales]) == "per-capita",
            Operation = Range(row, "operation"),
            Revenue = row["revenue"] is null ? null : Range(row, "revenue"),
            Duration = Range(row, "duration", from: 1),
            People = Each(row, "people", pools, (map, pool) => Range(map, pool)),
            Prerequisites = [.. (row["prerequisites"]?.Items ?? []).Select(p => new Prerequisite(Reference(p, "initiative", lines.Keys), (int)Number(p, "lag", 0, whole: true)))],
            Needs = [.. (row["needs"]?.Items ?? []).Select(n => new LevelNeed(Reference(n, "element", _elements), (int)Number(n, "level", 1, ContentPack.Levels - 1, whole: true)))],
            Excludes = row["excludes"] is null ? [] : References(row, "excludes", lines.Keys),
            Beneficiaries = Range(row, "beneficiaries", "share-low", "share-high", to: 1),
            Benefits = Each(row, "benefits", benefits, (map, kind) => (int)Number(map, kind, 1, 3, whole: true)),
            Risks = References(row, "risks", risks),
            Kpis = [.. (Need(row, "kpis")?.Items ?? []).Select(k => new InitiativeKpi(Text(k, "id"), OneOf(k, "unit", [.. units]), OneOf(k, "direction", "more", "less") == "more", Text(k, "source")))],
            QuickWinCondition = Need(row, "quick-win") is { } win && OneOf(win, "possible", "true", "false") == "true" ? Text(win, "condition") : null,
        }).ToList();
        FindCycle(initiatives, lines);
        foreach (var initiative in initiatives)
            foreach (var other in initiative.Excludes.Where(o => lines.ContainsKey(o) && !initiatives.First(i => i.Id == o).Excludes.Contains(initiative.Id)))
                Add(lines[initiative.Id]["excludes"]!, PackProblemCode.WrongValue, "excludes", $"{other} to exclude {initiative.Id} too");

        var library = new InitiativeLibrary
        {
            Id = Text(head, "id"),
            Version = Text(head, "version"),
            Languages = languages,
            Currency = Text(basis, "currency"),
            PriceYear = (int)Number(basis, "price-year", 2000, 2200, whole: true),
            Inhabitants = (int)Number(basis, "inhabitants", 1, int.MaxValue, whole: true),
            Sectors = sectors,
            Pools = pools,
            Risks = risks,
            Maturities = maturities,
            Benefits = benefits,
            Units = units,
            Gates = gates,
            References = [.. (Need(head, "references")?.Items ?? []).Select(r => new LibraryReference(Text(r, "id"), References(r, "initiatives", lines.Keys), Address(r, "url")))],
            Weights = Weights(weights, benefits),
            Initiatives = initiatives,
        };
        return library with { Texts = languages.ToDictionary(l => l, l => (IReadOnlyDictionary<string, string>)Texts(library, l)) };
    }

    private SuggestedWeights Weights(YamlTree file, List<string> benefits)
    {
        var domains = _pack.Domains.Select(d => d.Id).ToList();
        var directions = new Dictionary<string, DirectionWeights>(StringComparer.Ordinal);
        if (Need(file, "directions") is { } all)
            foreach (var direction in _pack.Directions)
                if (Need(all, direction) is { } row) directions[direction] = new(Weigh(row, "domains", domains), Weigh(row, "benefits", benefits), Number(row, "benefit-share", 0, 0.9));
        return new(directions, Number(file, "blocker", 1, 10), Number(file, "step-decay", 0, 1), Number(file, "severity", 0, 10), Number(file, "discount", 0, 1), (int)Number(file, "quick-wins", 0, 100, whole: true));

        Dictionary<string, double> Weigh(YamlTree row, string key, List<string> ids) =>
            Need(row, key) is { } map ? ids.ToDictionary(id => id, id => Number(map, id, 0, 100)) : [];
    }

    private List<Lift> Lifts(YamlTree row)
    {
        var lifts = new List<Lift>();
        foreach (var item in Need(row, "lifts")?.Items ?? [])
        {
            var lift = new Lift(Reference(item, "element", _elements), (int)Number(item, "from", 0, ContentPack.Levels - 1, whole: true), (int)Number(item, "to", 0, ContentPack.Levels - 1, whole: true), item["condition"]?.Scalar);
            if (lift.To <= lift.From) Add(item, PackProblemCode.WrongValue, "to", "a level above “from”");
            if (lifts.Any(l => l.ElementId == lift.ElementId && l.From < lift.To && lift.From < l.To)) Add(item, PackProblemCode.WrongValue, "from", $"steps of {lift.ElementId} that do not overlap");
            lifts.Add(lift);
        }
        return lifts;
    }

    private Estimate Range(YamlTree node, string key, string low = "low", string high = "high", double from = 0, double to = double.MaxValue)
    {
        if (Need(node, key) is not { } range) return new(0, 0, "");
        var estimate = new Estimate(Number(range, low, from, to), Number(range, high, from, to), Text(range, "source"));
        if (estimate.High < estimate.Low) Add(range, PackProblemCode.WrongValue, high, $"a number of at least “{low}”");
        if (estimate.Source != "assumption" && !IsAddress(estimate.Source))
            Add(range, PackProblemCode.WrongValue, "source", "“assumption” or the address of a public source");
        return estimate;
    }

    private string Address(YamlTree node, string key)
    {
        var address = Text(node, key);
        if (!IsAddress(address)) Add(node, PackProblemCode.WrongValue, key, "the address of a public source");
        return address;
    }

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http";

    private Dictionary<string, T> Each<T>(YamlTree row, string key, List<string> known, Func<YamlTree, string, T> read)
    {
        var found = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (id, node) in Need(row, key)?.Map ?? [])
        {
            if (!known.Contains(id)) Add(node, PackProblemCode.UnknownReference, id, key);
            found[id] = read(row[key]!, id);
        }
        return found;
    }

    private void FindCycle(List<LibraryInitiative> initiatives, Dictionary<string, YamlTree> lines)
    {
        // Kahn 1962: what is left when everything that waits for nothing has been taken away runs in a circle.
        var left = initiatives.ToDictionary(i => i.Id, i => i.Prerequisites.Select(p => p.InitiativeId).ToHashSet(StringComparer.Ordinal));
        for (var free = left.Where(i => i.Value.Count == 0).Select(i => i.Key).ToList(); free.Count > 0; free = [.. left.Where(i => i.Value.Count == 0).Select(i => i.Key)])
        {
            foreach (var id in free) left.Remove(id);
            foreach (var waits in left.Values) waits.ExceptWith(free);
        }
        if (left.Count > 0) Add(lines[left.Keys.First()], PackProblemCode.Cycle, string.Join(", ", left.Keys));
    }

    private Dictionary<string, string> Texts(InitiativeLibrary library, string language)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File($"{language}/{Head}") is { } common)
        {
            PackTexts.Flatten("library", common, flat);
            foreach (var path in library.Sectors.Select(s => $"sectors.{s}").Concat(library.Pools.Select(p => $"pools.{p}")).Concat(library.Risks.Select(r => $"risks.{r}"))
                .Concat(library.Maturities.Select(m => $"maturities.{m.Id}")).Concat(library.Benefits.Select(b => $"benefits.{b}")).Concat(library.Units.Select(u => $"units.{u}"))
                .Concat(library.Gates.Select(g => $"gates.{g}")).Concat(library.References.Select(r => $"references.{r.Id}")))
                if (!flat.Keys.Any(k => k == $"library.{path}" || k.StartsWith($"library.{path}.", StringComparison.Ordinal))) Add(common, PackProblemCode.MissingText, path, language);
        }
        if (File($"{language}/{WeightsFile}") is { } reasons)
        {
            PackTexts.Flatten("weights", reasons, flat);
            foreach (var direction in _pack.Directions.Where(d => !flat.ContainsKey($"weights.directions.{d}"))) Add(reasons, PackProblemCode.MissingText, $"directions.{direction}", language);
        }
        foreach (var sector in library.Sectors)
        {
            if (File($"{language}/{sector}.yaml") is not { } texts) continue;
            var mine = library.Initiatives.Where(i => i.Sector == sector).ToDictionary(i => i.Id);
            foreach (var (id, node) in texts.Map!.Where(t => !mine.ContainsKey(t.Key))) Add(node, PackProblemCode.UnusedText, id);
            foreach (var initiative in mine.Values)
            {
                var node = texts[initiative.Id] ?? texts;
                var conditions = initiative.Lifts.Select(l => l.Condition).Append(initiative.QuickWinCondition).OfType<string>().Distinct();
                foreach (var path in (string[])["name", "purpose", "result", .. conditions.Select(c => $"conditions.{c}"), .. initiative.Kpis.Select(k => $"kpis.{k.Id}"), .. initiative.QuickWinCondition is null ? Array.Empty<string>() : ["quick-win"]])
                    if (string.IsNullOrWhiteSpace(path.Split('.').Aggregate((YamlTree?)node, (at, part) => at?[part])?.Scalar)) Add(node, PackProblemCode.MissingText, $"{initiative.Id}.{path}", language);
                if (node["steps"]?.Items is not { Count: > 0 }) Add(node, PackProblemCode.MissingText, $"{initiative.Id}.steps", language);
                if (node != texts) PackTexts.Flatten(initiative.Id, node, flat);
            }
        }
        return flat;
    }

    private YamlTree? File(string name)
    {
        var path = Path.Combine(_folder, name);
        if (!System.IO.File.Exists(path))
        {
            Problems.Add(new(name, 0, PackProblemCode.MissingFile, name));
            return null;
        }
        var tree = YamlTree.Read(name, System.IO.File.ReadAllText(path), Problems);
        if (tree is null or { Map: not null }) return tree;
        Add(tree, PackProblemCode.WrongValue, name, "a mapping (key: value)");
        return null;
    }

    private void Add(YamlTree node, PackProblemCode code, params string[] arguments) => Problems.Add(new(node.File, node.Line, code, arguments));
}
