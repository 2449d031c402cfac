using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Michi.Approach;

/// <summary>A pack, or why it could not be read. A pack with problems in its texts alone is still given, so that it can be looked at.</summary>
public sealed record PackReading(ContentPack? Pack, IReadOnlyList<PackProblem> Problems)
{
    /// <summary>True where the pack is complete and consistent.</summary>
    public bool IsSound => Pack is not null && Problems.Count == 0;
}

/// <summary>Reads a content pack from its folder and checks it; every problem names file and line.</summary>
public static class PackReader
{
    private const int MaxFileBytes = 1_000_000;
    private static readonly string[] StructureFiles = ["pack.yaml", "position.yaml", "stages.yaml", "evidence.yaml", "programmes.yaml"];

    /// <summary>Reads the pack in a folder, and below it the pack it extends (<c>extends: ../other</c> in its pack.yaml).</summary>
    public static PackReading Read(string folder)
    {
        var problems = new List<PackProblem>();
        var layers = new List<PackLayer>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (string? at = Path.GetFullPath(folder); at is not null;)
        {
            if (!File.Exists(Path.Combine(at, "pack.yaml")) || !seen.Add(at))
            {
                problems.Add(new("pack.yaml", 0, PackProblemCode.MissingFile, Path.Combine(at, "pack.yaml")));
                return new(null, problems);
            }
            var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var path in Directory.EnumerateFiles(at, "*.yaml", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(at, path).Replace('\\', '/');
                if (new FileInfo(path).Length > MaxFileBytes) problems.Add(new(name, 0, PackProblemCode.Syntax, $"larger than {MaxFileBytes} bytes"));
                else files[name] = File.ReadAllText(path);
            }
            layers.Insert(0, new(Path.GetFileName(at), files));
            var head = YamlTree.Read("pack.yaml", files["pack.yaml"], []);
            at = head?["extends"]?.Scalar is { } extends ? Path.GetFullPath(Path.Combine(at, extends)) : null;
        }
        var reading = Read(layers);
        return reading with { Problems = [.. problems, .. reading.Problems] };
    }

    /// <summary>Reads a pack from its layers, base first.</summary>
    public static PackReading Read(IReadOnlyList<PackLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var problems = new List<PackProblem>();
        YamlTree? structure = null;
        var texts = new Dictionary<string, YamlTree>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            foreach (var (name, text) in layer.Files)
            {
                var tree = YamlTree.Read(name, text, problems);
                if (tree is null) continue;
                if (tree.Map is null) { problems.Add(new(name, tree.Line, PackProblemCode.WrongValue, name, "a mapping (key: value)")); continue; }
                var parts = name.Split('/');
                if (parts.Length == 1) structure = structure is null ? tree : YamlTree.Merge(structure, tree);
                else
                {
                    // en/elements/policy.yaml holds what belongs under `elements`; en/approach.yaml stands at the root.
                    foreach (var folder in parts[1..^1].Reverse()) tree = new(name, 1) { Map = new() { [folder] = tree } };
                    texts[parts[0]] = texts.TryGetValue(parts[0], out var known) ? YamlTree.Merge(known, tree) : tree;
                }
            }
        }
        foreach (var file in StructureFiles)
            if (!layers.Any(l => l.Files.ContainsKey(file))) problems.Add(new(file, 0, PackProblemCode.MissingFile, file));
        if (structure is null || problems.Count > 0) return new(null, problems);

        var pack = new PackBinder(structure, problems).Bind(layers, Hash(layers));
        if (pack is null) return new(null, problems);
        var flat = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var language in pack.Languages)
            flat[language] = PackTexts.Check(pack, language, texts.GetValueOrDefault(language), texts.GetValueOrDefault(pack.Languages[0]), problems);
        return new(pack with { Texts = flat }, problems);
    }

    private static string Hash(IReadOnlyList<PackLayer> layers)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var layer in layers)
            foreach (var (name, text) in layer.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
                sha.AppendData(Encoding.UTF8.GetBytes($"{name}\0{text.Length.ToString(CultureInfo.InvariantCulture)}\0{text}"));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
