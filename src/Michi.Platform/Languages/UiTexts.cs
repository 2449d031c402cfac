using System.Globalization;
using Michi.Approach;

namespace Michi.Platform.Languages;

/// <summary>The texts of the user interface by language, read from <c>content/ui/{language}/*.yaml</c>; a language is added by adding a folder.</summary>
public sealed class UiTexts
{
    private readonly Dictionary<string, Dictionary<string, string>> _texts = new(StringComparer.Ordinal);

    /// <summary>Reads every language folder below <paramref name="folder"/>.</summary>
    /// <exception cref="InvalidDataException">A file is not readable or a key stands twice; the message names file and line.</exception>
    public UiTexts(string folder)
    {
        var problems = new List<PackProblem>();
        foreach (var language in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            var texts = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var file in Directory.EnumerateFiles(language, "*.yaml").Order(StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, file);
                if (YamlTree.Read(name, File.ReadAllText(file), problems) is { } tree) Flatten("", tree, texts, problems);
            }
            _texts[Path.GetFileName(language)] = texts;
        }
        if (problems.Count > 0)
            throw new InvalidDataException(string.Join(Environment.NewLine, problems.Select(p => $"{p.File}:{p.Line}: {p.Code} {string.Join(" ", p.Arguments)}")));
    }

    /// <summary>Languages there are texts in.</summary>
    public IReadOnlyCollection<string> Languages => _texts.Keys;

    /// <summary>Every key of a language.</summary>
    public IReadOnlyCollection<string> Keys(string language) => _texts[language].Keys;

    /// <summary>The words of a language; where a language has no such folder, English.</summary>
    public Words In(string language) => _texts.TryGetValue(language, out var texts) ? new(language, texts) : In("en");

    private static void Flatten(string path, YamlTree node, Dictionary<string, string> texts, List<PackProblem> problems)
    {
        if (node.Scalar is not null && !texts.TryAdd(path, node.Scalar))
            problems.Add(new(node.File, node.Line, PackProblemCode.DuplicateId, path, "0"));
        foreach (var (key, child) in node.Map ?? []) Flatten(path.Length == 0 ? key : $"{path}.{key}", child, texts, problems);
    }
}

/// <summary>Interface texts in one language.</summary>
public sealed class Words(string language, IReadOnlyDictionary<string, string> texts)
{
    public string Language => language;

    /// <summary>The culture numbers and dates are written in for the reader.</summary>
    public CultureInfo Culture { get; } = CultureInfo.GetCultureInfo(language == "en" ? "en-GB" : language);

    /// <summary>The text of a key. An unknown key throws, so that a missing text is found by the first test that shows it.</summary>
    public string this[string key] =>
        texts.TryGetValue(key, out var text) ? text : throw new KeyNotFoundException($"There is no interface text '{key}' in '{language}'.");

    public IEnumerable<string> Keys => texts.Keys;

    /// <summary>The text of a key, or null where there is none.</summary>
    public string? Find(string key) => texts.GetValueOrDefault(key);

    /// <summary>The text of a key with <c>{0}</c>, <c>{1}</c>… filled in for the reader's culture.</summary>
    public string this[string key, params object?[] arguments] => string.Format(Culture, this[key], arguments);

    /// <summary>Sentences after each other, with a space between them where the language has one; empty ones are left out.</summary>
    public string Sentences(params IEnumerable<string?> sentences) =>
        sentences.OfType<string>().Where(s => s.Length > 0).DefaultIfEmpty("").Aggregate((before, next) => this["list.sentences", before, next]);

    /// <summary>The singular or plural form: <c>key.one</c> or <c>key.other</c> (a language without the distinction writes both alike).</summary>
    public string Count(string key, int count) => string.Format(Culture, this[count == 1 ? $"{key}.one" : $"{key}.other"], count);
}
