using System.Collections.Concurrent;
using System.Text.Json;

namespace Michi.CityOs.JsonLd;

/// <summary>What the short names of a document stand for: a JSON-LD @context with the core context over it.</summary>
/// <remarks>
/// Sources: JSON-LD 1.1, sections 4.1, 4.1.2 (vocabulary), 4.1.5 (compact IRIs), 4.2.1 (expanded term definition); ETSI GS CIM 009, clause 5.5.7:
/// the core context comes last, so its terms cannot be given another meaning. Immutable and thread-safe.
/// </remarks>
internal sealed class JsonLdContext
{
    /// <summary>Names remembered; a broker sees few names often.</summary>
    private const int MostRemembered = 20_000;

    private readonly Dictionary<string, string> _terms;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly (string Prefix, string Iri)[] _prefixes;
    private readonly string _vocab;
    private readonly ConcurrentDictionary<string, string> _expanded = new(StringComparer.Ordinal), _compacted = new(StringComparer.Ordinal);

    /// <param name="terms">Term → IRI of the user's own contexts; an empty IRI takes a term's meaning away.</param>
    /// <param name="prefixes">The terms that may be used as prefixes.</param>
    /// <param name="vocab">Namespace of names that nothing explains; null for the default one.</param>
    /// <param name="source">The @context as JSON, as it is told in answers: a URL, an object or an array.</param>
    public JsonLdContext(IReadOnlyDictionary<string, string> terms, IReadOnlySet<string> prefixes, string? vocab, JsonElement source)
    {
        _terms = new(terms, StringComparer.Ordinal);
        _vocab = vocab is { Length: > 0 } ? vocab : CoreContext.Default;
        Source = source;
        foreach (var (term, iri) in CoreContext.Terms) _terms[term] = iri;
        foreach (var (term, iri) in _terms)
        {
            if (iri.Length == 0 || iri[0] == '@') continue;
            // Of several terms the shortest, then the first one, as the compaction algorithm wants it.
            if (!_names.TryGetValue(iri, out var other) || term.Length < other.Length || (term.Length == other.Length && string.CompareOrdinal(term, other) < 0)) _names[iri] = term;
        }
        _prefixes = [.. prefixes.Append("ngsi-ld").Append("geojson").Distinct().Select(p => (p, _terms[p])).Where(p => p.Item2.Length > 0).OrderByDescending(p => p.Item2.Length)];
    }

    /// <summary>The core context alone.</summary>
    public static JsonLdContext Core { get; } = new(new Dictionary<string, string>(), new HashSet<string>(), null, JsonSerializer.SerializeToElement(CoreContext.Url));

    /// <summary>The @context as JSON, told in answers.</summary>
    public JsonElement Source { get; }

    public bool IsCore => ReferenceEquals(this, Core);

    /// <summary>The IRI of a name: of an attribute, a type, a vocabulary value.</summary>
    public string Expand(string name)
    {
        if (_expanded.TryGetValue(name, out var iri)) return iri;
        iri = Find(name);
        if (_expanded.Count < MostRemembered) _expanded.TryAdd(name, iri);
        return iri;
    }

    /// <summary>The shortest name of an IRI.</summary>
    public string Compact(string iri)
    {
        if (_compacted.TryGetValue(iri, out var name)) return name;
        name = NameOf(iri);
        if (_compacted.Count < MostRemembered) _compacted.TryAdd(iri, name);
        return name;
    }

    private string Find(string name)
    {
        if (_terms.TryGetValue(name, out var iri)) return iri.Length > 0 ? iri : _vocab + name;
        var colon = name.IndexOf(':');
        if (colon < 0) return _vocab + name;
        var rest = name[(colon + 1)..];
        if (colon > 0 && !rest.StartsWith("//", StringComparison.Ordinal) && _terms.TryGetValue(name[..colon], out var prefix) && prefix.Length > 0 && prefix[0] != '@')
            return prefix + rest;
        return name;
    }

    private string NameOf(string iri)
    {
        if (_names.TryGetValue(iri, out var term)) return term;
        if (iri.Length > _vocab.Length && iri.StartsWith(_vocab, StringComparison.Ordinal))
        {
            var rest = iri[_vocab.Length..];
            if (!_terms.ContainsKey(rest) && Find(rest) == iri) return rest;
        }
        foreach (var (prefix, start) in _prefixes)
            if (iri.Length > start.Length && iri.StartsWith(start, StringComparison.Ordinal) && Find($"{prefix}:{iri[start.Length..]}") == iri)
                return $"{prefix}:{iri[start.Length..]}";
        return iri;
    }
}
