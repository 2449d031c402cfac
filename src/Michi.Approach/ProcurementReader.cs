using System.Text.RegularExpressions;

namespace Michi.Approach;

/// <summary>Templates of procurement, or why they could not be read.</summary>
public sealed record ProcurementReading(ProcurementTemplates? Templates, IReadOnlyList<PackProblem> Problems)
{
    public bool IsSound => Templates is not null && Problems.Count == 0;
}

/// <summary>Reads the templates of procurement from their folder and checks them against the initiative library; every problem names file and line.</summary>
public sealed partial class ProcurementReader : YamlFields
{
    private const string Name = "procurement.yaml";
    private static readonly string[] OutputTexts = ["outputs.plan", "outputs.result", "outputs.handover", "acceptance.plan", "acceptance.milestone", "acceptance.kpis", "acceptance.handover"];
    private readonly string _folder;

    private ProcurementReader(string folder, List<PackProblem> problems) : base(problems) => _folder = folder;

    public static ProcurementReading Read(string folder, InitiativeLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        var problems = new List<PackProblem>();
        var templates = new ProcurementReader(folder, problems).Read(library);
        return new(problems.Count == 0 ? templates : null, problems);
    }

    private ProcurementTemplates? Read(InitiativeLibrary library)
    {
        if (File(Name) is not { } head) return null;
        var (languages, kinds, facts) = (Strings(head, "languages"), Strings(head, "kinds"), Strings(head, "facts"));
        var templates = new ProcurementTemplates
        {
            Id = Text(head, "id"),
            Version = Text(head, "version"),
            Languages = languages,
            Kinds = kinds,
            Sections = [.. Items(head, "sections").Select(s => new ProcurementSection(Text(s, "id"), OneOf(s, "required", "true", "false") == "true",
                [.. Items(s, "paragraphs").Select(p => new ProcurementParagraph(Text(p, "id"), Some(p, "kinds", kinds), Some(p, "sectors", library.Sectors), Some(p, "risks", library.Risks)))]))],
            Scale = [.. Items(head, "scale").Select(g => new ProcurementGrade(Text(g, "id"), (int)Number(g, "points", 0, 100, whole: true)))],
            Templates = [.. Items(head, "templates").Select(t => new ProcurementTemplate(Text(t, "id"), OneOf(t, "kind", [.. kinds]), OneOf(t, "method", "qbs", "qcbs"),
                Number(t, "technical-weight", 0, 100), Number(t, "minimum", 0, 100), Criteria(t, "criteria")))],
        };
        if (Problems.Count > 0) return null;
        return templates with { Texts = languages.ToDictionary(l => l, l => (IReadOnlyDictionary<string, string>)Texts(templates, [.. facts, "milestone"], l)) };
    }

    private List<ProcurementCriterion> Criteria(YamlTree node, string key)
    {
        var criteria = Items(node, key).Select(c => new ProcurementCriterion(Text(c, "id"), Number(c, "weight", 0, 100), c["parts"] is null ? [] : Criteria(c, "parts"))).ToList();
        if (criteria.Count > 0 && Math.Abs(criteria.Sum(c => c.Weight) - 100) > 1e-9) Wrong(node[key]!, key, "weights that add up to 100");
        return criteria;
    }

    private List<string> Some(YamlTree node, string key, IEnumerable<string> known) => node[key] is null ? [] : References(node, key, known);

    private List<YamlTree> Items(YamlTree node, string key)
    {
        var items = Need(node, key)?.Items ?? [];
        foreach (var twice in items.GroupBy(i => i["id"]?.Scalar).Where(g => g.Count() > 1).Select(g => g.Last()))
            Problems.Add(new(twice.File, twice.Line, PackProblemCode.DuplicateId, twice["id"]?.Scalar ?? "", "0"));
        return items;
    }

    private Dictionary<string, string> Texts(ProcurementTemplates templates, IReadOnlyCollection<string> facts, string language)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (File($"{language}/{Name}") is not { } tree) return flat;
        PackTexts.Flatten("", tree, flat);
        var wanted = templates.Sections.SelectMany(s => new[] { $"sections.{s.Id}.name", $"sections.{s.Id}.help" }.Concat(s.Paragraphs.Select(p => $"sections.{s.Id}.paragraphs.{p.Id}")))
            .Concat(OutputTexts).Concat(templates.Scale.SelectMany(g => new[] { $"scale.{g.Id}.name", $"scale.{g.Id}.anchor" }))
            .Concat(templates.Templates.SelectMany(t => t.Criteria.SelectMany(c => c.Parts.Select(p => $"templates.{t.Id}.criteria.{c.Id}.parts.{p.Id}").Prepend($"templates.{t.Id}.criteria.{c.Id}.name")).Prepend($"templates.{t.Id}.name")))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var path in wanted.Where(w => string.IsNullOrWhiteSpace(flat.GetValueOrDefault(w)))) Problems.Add(new(tree.File, 1, PackProblemCode.MissingText, path, language));
        foreach (var path in flat.Keys.Except(wanted)) Problems.Add(new(tree.File, 1, PackProblemCode.UnusedText, path));
        foreach (var (path, text) in flat)
            foreach (Match fact in Placeholder().Matches(text))
                if (!facts.Contains(fact.Groups[1].Value)) Problems.Add(new(tree.File, 1, PackProblemCode.UnknownReference, fact.Groups[1].Value, $"a fact ({path})"));
        return flat;
    }

    private YamlTree? File(string name)
    {
        var path = Path.Combine(_folder, name);
        if (System.IO.File.Exists(path)) return YamlTree.Read(name, System.IO.File.ReadAllText(path), Problems);
        Problems.Add(new(name, 0, PackProblemCode.MissingFile, name));
        return null;
    }

    [GeneratedRegex(@"\{([a-z]+)\}")]
    private static partial Regex Placeholder();
}
