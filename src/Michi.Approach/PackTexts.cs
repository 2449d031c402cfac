using System.Globalization;

namespace Michi.Approach;

/// <summary>Flattens the texts of a pack in one language and compares them with what the structure asks for.</summary>
internal static class PackTexts
{
    public static Dictionary<string, string> Check(ContentPack pack, string language, YamlTree? tree, YamlTree? first, List<PackProblem> problems)
    {
        if (tree is null)
        {
            problems.Add(new($"{language}/", 0, PackProblemCode.MissingFile, $"{language}/approach.yaml"));
            tree = first;
        }
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tree is null) return flat;
        Flatten("", tree, flat);

        foreach (var (path, isList) in Wanted(pack))
        {
            var node = Find(tree, path, out var nearest);
            if (isList ? node?.Items is not { Count: > 0 } || node.Items.Any(i => string.IsNullOrWhiteSpace(i.Scalar)) : string.IsNullOrWhiteSpace(node?.Scalar) && !IsUnit(path, node))
                problems.Add(new((node ?? nearest).File, (node ?? nearest).Line, PackProblemCode.MissingText, path, language));
            else if (isList && first is not null && Find(first, path, out _)?.Items is { } there && there.Count != node!.Items!.Count)
                problems.Add(new(node.File, node.Line, PackProblemCode.UnequalList, path,
                    node.Items.Count.ToString(CultureInfo.InvariantCulture), there.Count.ToString(CultureInfo.InvariantCulture)));
        }
        foreach (var (group, ids) in Groups(pack))
            foreach (var (id, node) in tree[group]?.Map ?? [])
                if (!ids.Contains(id)) problems.Add(new(node.File, node.Line, PackProblemCode.UnusedText, $"{group}.{id}"));
        return flat;
    }

    // A unit may be empty: yes-no facts have none.
    private static bool IsUnit(string path, YamlTree? node) => node?.Scalar is not null && path.EndsWith(".unit", StringComparison.Ordinal);

    public static void Flatten(string path, YamlTree node, Dictionary<string, string> flat)
    {
        if (node.Scalar is not null) flat[path] = node.Scalar.Trim();
        var prefix = path == "" ? "" : path + ".";
        foreach (var (key, child) in node.Map ?? []) Flatten(prefix + key, child, flat);
        for (var i = 0; i < (node.Items?.Count ?? 0); i++) Flatten(prefix + i.ToString(CultureInfo.InvariantCulture), node.Items![i], flat);
    }

    private static YamlTree? Find(YamlTree tree, string path, out YamlTree nearest)
    {
        nearest = tree;
        foreach (var part in path.Split('.'))
        {
            if (nearest[part] is not { } next) return null;
            nearest = next;
        }
        return nearest;
    }

    private static IEnumerable<(string Group, HashSet<string> Ids)> Groups(ContentPack pack) =>
    [
        ("elements", [.. pack.Elements.Select(e => e.Id)]),
        ("domains", [.. pack.Domains.Select(d => d.Id)]),
        ("dependencies", [.. pack.Dependencies.Select(d => d.Key)]),
        ("characteristics", [.. pack.Characteristics]),
        ("maturities", [.. pack.Maturities.Select(m => m.Id)]),
        ("directions", [.. pack.Directions]),
        ("stages", [.. pack.Stages.Select(s => s.Id)]),
        ("instruments", [.. pack.Instruments]),
        ("programmes", [.. pack.Programmes.Select(p => p.Id)]),
    ];

    private static IEnumerable<(string Path, bool IsList)> Wanted(ContentPack pack)
    {
        foreach (var field in new[] { "name", "description", "source", "licence" }) yield return ($"pack.{field}", false);
        for (var level = 0; level < ContentPack.Levels; level++)
            foreach (var field in new[] { "name", "anchor" }) yield return (FormattableString.Invariant($"levels.{level}.{field}"), false);
        foreach (var element in pack.Elements)
        {
            foreach (var field in new[] { "name", "short", "criterion" }) yield return ($"elements.{element.Id}.{field}", false);
            for (var level = 0; level < ContentPack.Levels; level++) yield return (FormattableString.Invariant($"elements.{element.Id}.levels.{level}"), false);
            for (var level = 0; level < ContentPack.Levels - 1; level++) yield return (FormattableString.Invariant($"elements.{element.Id}.lift.{level}"), false);
            foreach (var field in new[] { "lookFor", "whoKnows", "documents", "questions" }) yield return ($"elements.{element.Id}.{field}", true);
        }
        foreach (var path in Each("domains", pack.Domains.Select(d => d.Id), "name", "short", "description")) yield return path;
        foreach (var dependency in pack.Dependencies) yield return ($"dependencies.{dependency.Key}", false);
        foreach (var reading in pack.Readings) yield return ($"readings.{reading}", false);
        foreach (var path in Each("characteristics", pack.Characteristics, "name", "description", "aim")) yield return path;
        foreach (var rule in pack.CharacteristicRules) yield return ($"characteristicRules.{rule.Id}", false);
        foreach (var path in Each("maturities", pack.Maturities.Select(m => m.Id), "name", "description")) yield return path;
        foreach (var path in Each("directions", pack.Directions, "name", "description")) yield return path;
        foreach (var direction in pack.Directions) yield return ($"directions.{direction}.doNext", true);
        foreach (var scaleUp in pack.ScaleUps)
        {
            foreach (var field in new[] { "name", "description" }) yield return ($"scaleUps.{scaleUp.Id}.{field}", false);
            yield return ($"scaleUps.{scaleUp.Id}.howTo", true);
            foreach (var rule in scaleUp.Rules) yield return ($"scaleUpRules.{scaleUp.Id}-{rule.Id}", false);
            if (scaleUp.IsOtherwise) yield return ($"scaleUpRules.{scaleUp.Id}-otherwise", false);
        }
        foreach (var path in Each("facts", pack.Facts.Select(f => f.Id), "name", "unit", "help")) yield return path;
        foreach (var path in Each("stages", pack.Stages.Select(s => s.Id), "name", "who", "description", "rule")) yield return path;
        foreach (var stage in pack.Stages) yield return ($"stages.{stage.Id}.doNext", true);
        yield return ("stageRule", false);
        yield return ("evidenceTable", false);
        yield return ("insists", true);
        foreach (var path in Each("says", pack.Evidence.Says.Keys, "name", "help")) yield return path;
        foreach (var path in Each("kinds", pack.Evidence.Kinds.Keys, "name", "help")) yield return path;
        foreach (var path in Each("qualities", pack.Evidence.Qualities.Keys, "name", "help")) yield return path;
        foreach (var path in Each("ages", [.. pack.Evidence.Ages.Select(a => a.Id), "undated"], "name")) yield return path;
        foreach (var path in Each("origins", pack.Evidence.Origins.Keys, "name", "help")) yield return path;
        foreach (var path in Each("confidences", pack.Evidence.Confidences.Keys, "name", "help")) yield return path;
        foreach (var path in Each("programmeDomains", [.. pack.Domains.Select(d => d.Id), "assessment"], "name")) yield return path;
        foreach (var path in Each("programmeLevels", ["country", "city"], "name")) yield return path;
        foreach (var path in Each("instruments", pack.Instruments, "name", "description")) yield return path;
        foreach (var path in Each("programmes", pack.Programmes.Select(p => p.Id), "name", "description")) yield return path;
    }

    private static IEnumerable<(string, bool)> Each(string group, IEnumerable<string> ids, params string[] fields) =>
        ids.SelectMany(id => fields.Select(field => ($"{group}.{id}.{field}", false)));
}
