using System.Collections.Concurrent;
using System.Text.Json;

namespace Michi.CityOs.JsonLd;

/// <summary>Reads @contexts: their own terms, and those they refer to.</summary>
/// <remarks>What was read is remembered by its text, a bounded number; the documents referred to come from a source that caches them. Thread-safe.</remarks>
internal sealed class ContextReader(IContextSource source)
{
    private const int MostRemembered = 2_000;

    /// <summary>Contexts that refer to contexts that refer to …</summary>
    private const int Deepest = 10;

    private const int MostDocuments = 100;

    private readonly ConcurrentDictionary<string, JsonLdContext> _read = new(StringComparer.Ordinal);

    /// <summary>Reads an @context: a URL, an object, or an array of these.</summary>
    /// <exception cref="NgsiLdException">BadRequestData where it is no context, LdContextNotAvailable where one it refers to cannot be had.</exception>
    public async ValueTask<JsonLdContext> ReadAsync(string tenant, JsonElement context, CancellationToken cancel)
    {
        if (context.ValueKind == JsonValueKind.String && CoreContext.IsCore(context.GetString()!)) return JsonLdContext.Core;
        var text = tenant.Length == 0 ? context.GetRawText() : $"{tenant} {context.GetRawText()}";
        if (source.IsChanged()) _read.Clear();
        foreach (var url in context.OneOrMany())
            if (url.ValueKind == JsonValueKind.String) source.Used(tenant, url.GetString()!);
        if (_read.TryGetValue(text, out var known)) return known;
        CheckShape(context);
        var reading = new Reading(source, tenant);
        await reading.AddAsync(context, null, 0, cancel);
        var read = new JsonLdContext(reading.Terms, reading.Prefixes, reading.Vocabulary, context.Clone());
        if (_read.Count < MostRemembered) _read.TryAdd(text, read);
        return read;
    }

    /// <summary>What is no context is told before anything is fetched.</summary>
    private static void CheckShape(JsonElement context)
    {
        if (context.ValueKind == JsonValueKind.Array)
            foreach (var one in context.EnumerateArray()) CheckShape(one);
        else if (context.ValueKind is not (JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Null))
            throw NgsiLdException.BadRequestData("The @context is neither a URL nor an object nor an array of these.");
    }

    /// <summary>Whether a document can be used as a context, with all it refers to.</summary>
    /// <exception cref="NgsiLdException">It cannot.</exception>
    public static ValueTask CheckAsync(IContextSource source, string tenant, JsonElement document, Uri address, CancellationToken cancel) => new Reading(source, tenant).AddDocumentAsync(document, address, 0, cancel);

    private sealed class Reading(IContextSource source, string tenant)
    {
        private int _documents;

        public Dictionary<string, string> Terms { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Prefixes { get; } = new(StringComparer.Ordinal);

        public string? Vocabulary { get; private set; }

        public async ValueTask AddAsync(JsonElement context, Uri? relativeTo, int depth, CancellationToken cancel)
        {
            if (depth > Deepest) throw NgsiLdException.BadRequestData($"The @context refers to others more than {Deepest} deep.");
            switch (context.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var one in context.EnumerateArray()) await AddAsync(one, relativeTo, depth + 1, cancel);
                    break;
                case JsonValueKind.String:
                    await AddRemoteAsync(context.GetString()!, relativeTo, depth, cancel);
                    break;
                case JsonValueKind.Object:
                    AddTerms(context);
                    break;
                case JsonValueKind.Null:
                    Terms.Clear();
                    Prefixes.Clear();
                    Vocabulary = null;
                    break;
                default:
                    throw NgsiLdException.BadRequestData("The @context is neither a URL nor an object nor an array of these.");
            }
        }

        private async ValueTask AddRemoteAsync(string url, Uri? relativeTo, int depth, CancellationToken cancel)
        {
            if (!(relativeTo is null ? Uri.TryCreate(url, UriKind.Absolute, out var address) : Uri.TryCreate(relativeTo, url, out address)) || address.Scheme is not ("http" or "https"))
                throw NgsiLdException.BadRequestData($"{url} in the @context is not the address of a document.");
            if (CoreContext.IsCore(address.AbsoluteUri)) return;
            if (++_documents > MostDocuments) throw NgsiLdException.BadRequestData($"The @context refers to more than {MostDocuments} documents.");
            await AddDocumentAsync(await source.GetAsync(tenant, address, cancel), address, depth, cancel);
        }

        public async ValueTask AddDocumentAsync(JsonElement document, Uri address, int depth, CancellationToken cancel)
        {
            if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty("@context", out var inner))
                throw NgsiLdException.BadRequestData($"The document at {address} has no @context.");
            await AddAsync(inner, address, depth + 1, cancel);
        }

        private void AddTerms(JsonElement context)
        {
            if (context.TryGetProperty("@vocab", out var vocabulary))
                Vocabulary = vocabulary.ValueKind == JsonValueKind.Null ? null
                    : vocabulary.ValueKind == JsonValueKind.String ? Expand(context, vocabulary.GetString()!, [])
                    : throw NgsiLdException.BadRequestData("The @vocab of the @context is not a text.");
            foreach (var term in context.EnumerateObject())
                if (!term.Name.StartsWith('@')) Define(context, term.Name, []);
        }

        private string Define(JsonElement context, string term, HashSet<string> underWay)
        {
            if (!underWay.Add(term)) throw NgsiLdException.BadRequestData($"The term {term} of the @context is defined by itself.");
            if (!context.TryGetProperty(term, out var definition)) return Terms.GetValueOrDefault(term, "");
            string? iri = null;
            var isSimple = definition.ValueKind == JsonValueKind.String;
            var isPrefix = false;
            switch (definition.ValueKind)
            {
                case JsonValueKind.String:
                    iri = definition.GetString();
                    break;
                case JsonValueKind.Object:
                    if (definition.TryGetProperty("@id", out var id))
                    {
                        if (id.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) throw NgsiLdException.BadRequestData($"The @id of the term {term} of the @context is not a text.");
                        iri = id.GetString() ?? "";
                    }
                    if (definition.TryGetProperty("@context", out _)) throw NgsiLdException.BadRequestData($"The term {term} of the @context has a context of its own, which NGSI-LD does not allow (clause 5.5.7).");
                    isPrefix = definition.TryGetProperty("@prefix", out var prefix) && prefix.ValueKind == JsonValueKind.True;
                    break;
                case JsonValueKind.Null:
                    iri = "";
                    break;
                default:
                    throw NgsiLdException.BadRequestData($"The term {term} of the @context is neither a text nor an object.");
            }
            iri = iri is null ? Expand(context, term, underWay, isSelf: true) : iri.Length == 0 ? "" : iri == term && !iri.Contains(':') ? (Vocabulary ?? CoreContext.Default) + term : Expand(context, iri, underWay);
            Terms[term] = iri;
            if (isPrefix || (isSimple && iri.Length > 0 && iri[^1] is ':' or '/' or '?' or '#' or '[' or ']' or '@')) Prefixes.Add(term);
            return iri;
        }

        /// <summary>The IRI of a name within the context that is being read, whose own terms may stand after it.</summary>
        private string Expand(JsonElement context, string name, HashSet<string> underWay, bool isSelf = false)
        {
            if (name.StartsWith('@')) return name;
            if (!isSelf && context.TryGetProperty(name, out _) && !underWay.Contains(name)) return Define(context, name, underWay);
            if (!isSelf && Terms.TryGetValue(name, out var known) && known.Length > 0) return known;
            var colon = name.IndexOf(':');
            if (colon < 0) return CoreContext.Terms.TryGetValue(name, out var core) && !isSelf ? core : (Vocabulary ?? CoreContext.Default) + name;
            var (prefix, rest) = (name[..colon], name[(colon + 1)..]);
            if (rest.StartsWith("//", StringComparison.Ordinal) || prefix == "_") return name;
            var start = context.TryGetProperty(prefix, out _) ? (Terms.TryGetValue(prefix, out var ready) && underWay.Contains(prefix) ? ready : Define(context, prefix, [.. underWay]))
                : Terms.GetValueOrDefault(prefix) ?? CoreContext.Terms.GetValueOrDefault(prefix) ?? "";
            return start.Length > 0 && start[0] != '@' ? start + rest : name;
        }
    }
}

/// <summary>Where the documents come from that contexts refer to.</summary>
internal interface IContextSource
{
    /// <exception cref="NgsiLdException">LdContextNotAvailable where the document cannot be had.</exception>
    ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel);

    /// <summary>A request named a document.</summary>
    void Used(string tenant, string url);

    /// <summary>Whether a document was replaced since the last question.</summary>
    bool IsChanged();
}
