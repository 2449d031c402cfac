using System.Globalization;

namespace Michi.Approach;

/// <summary>Turns the merged structure files of a pack into a <see cref="ContentPack"/>, collecting problems instead of stopping at the first.</summary>
internal sealed class PackBinder(YamlTree root, List<PackProblem> problems) : YamlFields(problems)
{
    public ContentPack? Bind(IReadOnlyList<PackLayer> layers, string hash)
    {
        var languages = Strings(root, "languages");
        var domains = Rows("domains", row => new Domain(Text(row, "id"), Text(row, "code"), Number(row, "weight", above: 0)), d => d.Id);
        var index = 0;
        var elements = Rows("elements", row => new Element(Text(row, "id"), index++, Reference(row, "domain", domains.Select(d => d.Id)),
            Number(row, "weight", above: 0), row["ours"]?.Items?.Any(i => i.Scalar == "name") == true), e => e.Id);
        var ids = elements.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var domain in domains.Where(d => elements.All(e => e.DomainId != d.Id)))
            Problems.Add(new(root["domains"]!.File, root["domains"]!.Line, PackProblemCode.WrongValue, domain.Id, "at least one element in the domain"));

        var dependencies = Rows("dependencies", row => new Dependency(Reference(row, "element", ids), Reference(row, "needs", ids)), d => d.Key);
        FindCycle(dependencies);

        var characteristics = Ids("characteristics");
        var maturities = Rows("maturities", row => new Maturity(Text(row, "id"), Number(row, "from", 0)), m => m.Id);
        Ascending(root["maturities"], maturities.Select(m => m.From), "from");
        var directions = Ids("directions");
        var facts = Rows("facts", row => new FactKind(Text(row, "id"), OneOf(row, "type", "number", "yes-no", "text"), row["unit"]?.Scalar ?? ""), f => f.Id);
        var rules = Rows("characteristicRules", row => new CharacteristicRule(Text(row, "id"), Reference(row, "characteristic", characteristics),
            row["kind"] is null ? null : OneOf(row, "kind", "country", "city", "district"),
            row["population"] is null ? null : Number(row, "population", 0),
            row["fact"] is null ? null : Reference(row, "fact", facts.Select(f => f.Id))), r => r.Id);

        var grid = new Dictionary<(string, string), string>();
        if (Need(root, "grid") is { } cells)
            foreach (var characteristic in characteristics)
                foreach (var maturity in maturities)
                    if (Need(cells, characteristic) is { } row) grid[(characteristic, maturity.Id)] = Reference(row, maturity.Id, directions);

        var scaleUps = Rows("scaleUps", row => new ScaleUp(Text(row, "id"),
            [.. (row["rules"]?.Items ?? []).Select(rule => new ScaleUpRule(Text(rule, "id"),
                rule["characteristic"] is null ? null : Reference(rule, "characteristic", characteristics), LevelsOf(rule["elements"], ids)))],
            row["otherwise"]?.Scalar == "true"), s => s.Id);

        index = 0;
        var stages = Rows("stages", row => new Stage(Text(row, "id"), index++, row["level"] is null ? null : (int)Number(row, "level", 1, 4, whole: true),
            LevelsOf(row["veto"], ids)), s => s.Id);
        if (stages.Count < 2 || stages[0].Level is not null || stages.Skip(1).Any(s => s.Level is null))
            Problems.Add(new("stages.yaml", root["stages"]?.Line ?? 0, PackProblemCode.WrongValue, "stages", "a first stage without level and at least one more, each with a level"));
        else Ascending(root["stages"], stages.Skip(1).Select(s => (double)s.Level!), "level");

        var evidence = new EvidenceTable(
            Rows("says", row => (Id: Text(row, "id"), Likelihood: Numbers(row, "likelihood", ContentPack.Levels, above: 0, to: 1)), s => s.Id)
                .ToDictionary(s => s.Id, s => (IReadOnlyList<double>)s.Likelihood),
            Weights("kinds"), Weights("qualities"),
            Rows("ages", row => new AgeClass(Text(row, "id"), row["upTo"] is null ? null : Number(row, "upTo", 0), Number(row, "weight", 0, 1)), a => a.Id),
            Number(root, "undated", 0, 1), Weights("origins"),
            Rows("confidences", row => (Id: Text(row, "id"), Spread: Number(row, "spread", 0, 1)), c => c.Id).ToDictionary(c => c.Id, c => c.Spread));
        if (evidence.Ages.Count == 0 || evidence.Ages[^1].UpToYears is not null)
            Problems.Add(new("evidence.yaml", root["ages"]?.Line ?? 0, PackProblemCode.WrongValue, "ages", "a last row without upTo"));

        var instruments = Strings(root, "instruments");
        var programmes = Rows("programmes", row => new Programme(Text(row, "id"), Reference(row, "domain", [.. domains.Select(d => d.Id), "assessment"]),
            OneOf(row, "level", "country", "city"), References(row, "answers", ids), References(row, "instruments", instruments)), p => p.Id);

        var concentration = Need(root, "weightConcentration");
        var pack = new ContentPack
        {
            Id = Text(root, "id"),
            Version = Text(root, "version"),
            Hash = hash,
            Languages = languages,
            Domains = domains,
            Elements = elements,
            WeightConcentration = concentration is null ? (1, 1) : (Number(concentration, "domains", above: 0), Number(concentration, "elements", above: 0)),
            Dependencies = dependencies,
            Readings = Strings(root, "readings"),
            Characteristics = characteristics,
            CharacteristicRules = rules,
            Maturities = maturities,
            Directions = directions,
            Grid = grid,
            ScaleUps = scaleUps,
            Facts = facts,
            Majority = Number(root, "majority", 0.5, 1),
            Stages = stages,
            Evidence = evidence,
            Instruments = instruments,
            Programmes = programmes,
            Layers = layers,
        };
        if (languages.Count == 0 || elements.Count == 0)
            Problems.Add(new("pack.yaml", root.Line, PackProblemCode.WrongValue, "languages, elements", "at least one each"));
        return Problems.Count == 0 ? pack : null;
    }

    private void FindCycle(IReadOnlyList<Dependency> dependencies)
    {
        var needs = dependencies.ToLookup(d => d.ElementId, d => d.NeedsId);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var path = new List<string>();
        foreach (var start in dependencies.Select(d => d.ElementId).Distinct())
        {
            if (!Visit(start)) continue;
            Problems.Add(new(root["dependencies"]!.File, root["dependencies"]!.Line, PackProblemCode.Cycle, string.Join(" → ", path.SkipWhile(p => p != path[^1]))));
            return;
        }

        bool Visit(string id)
        {
            if (path.Contains(id)) { path.Add(id); return true; }
            if (!done.Add(id)) return false;
            path.Add(id);
            foreach (var next in needs[id])
                if (Visit(next)) return true;
            path.RemoveAt(path.Count - 1);
            return false;
        }
    }

    private List<T> Rows<T>(string key, Func<YamlTree, T> read, Func<T, string> id)
    {
        if (Need(root, key) is not { } list) return [];
        if (list.Items is null) { Wrong(list, key, "a list"); return []; }
        var rows = new List<T>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            var row = read(item);
            if (!lines.TryAdd(id(row), item.Line))
                Problems.Add(new(item.File, item.Line, PackProblemCode.DuplicateId, id(row), lines[id(row)].ToString(CultureInfo.InvariantCulture)));
            rows.Add(row);
        }
        return rows;
    }

    private List<string> Ids(string key) => Rows(key, row => Text(row, "id"), id => id);

    private Dictionary<string, double> Weights(string key) =>
        Rows(key, row => (Id: Text(row, "id"), Weight: Number(row, "weight", 0, 1)), r => r.Id).GroupBy(r => r.Id).ToDictionary(g => g.Key, g => g.First().Weight);

    private Dictionary<string, int> LevelsOf(YamlTree? map, HashSet<string> ids)
    {
        var levels = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, value) in map?.Map ?? [])
        {
            if (!ids.Contains(id)) Problems.Add(new(value.File, value.Line, PackProblemCode.UnknownReference, id, "element"));
            levels[id] = (int)Number(map!, id, 0, 4, whole: true);
        }
        return levels;
    }

    private void Ascending(YamlTree? list, IEnumerable<double> values, string key)
    {
        var last = double.NegativeInfinity;
        foreach (var value in values)
        {
            if (value < last) Wrong(list ?? root, key, "values that do not fall from row to row");
            last = value;
        }
    }

    /// <inheritdoc />
    private protected override string FileOf(YamlTree node, string key) => node == root ? HomeOf(key) : node.File;

    // The root is laid together from several files; a key missing there is missing in the file it belongs to.
    private static string HomeOf(string key) => key switch
    {
        "characteristics" or "characteristicRules" or "maturities" or "directions" or "grid" or "scaleUps" or "facts" => "position.yaml",
        "majority" or "stages" => "stages.yaml",
        "says" or "kinds" or "qualities" or "ages" or "undated" or "origins" or "confidences" => "evidence.yaml",
        "instruments" or "programmes" => "programmes.yaml",
        _ => "pack.yaml",
    };
}
