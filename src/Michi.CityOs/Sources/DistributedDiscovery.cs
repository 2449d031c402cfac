using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Sources;

/// <summary>A type that is there, an attribute, or an attribute of a type.</summary>
/// <param name="Type">Expanded; null where it is not told.</param>
/// <param name="Name">Of the attribute, expanded; null for the type alone.</param>
/// <param name="Kind">Null where it is not told.</param>
/// <param name="Entities">How many have it; 0 where it is not told.</param>
internal readonly record struct KnownAttribute(string? Type, string? Name, AttributeKind? Kind, long Entities);

/// <summary>What context sources tell of the types and attributes they have, ETSI GS CIM 009, 5.7.5 to 5.7.11: no more than they are registered for.</summary>
internal static class DistributedDiscovery
{
    /// <param name="path">That of the list or, with a name, of one of it: types or attributes.</param>
    /// <param name="sought">The type or the attribute asked for; nothing for all.</param>
    public static async Task<IEnumerable<KnownAttribute>> FindAsync(NgsiLdCall call, SourceOperation operation, string path, KnownAttribute sought)
    {
        var sources = await SourceSelection.OfAsync(call, s => s.All.Where(r => r.Supports(operation) && Covers(r, sought)));
        return (await Task.WhenAll(sources.Select(AskAsync))).SelectMany(told => told);

        async Task<List<KnownAttribute>> AskAsync(ContextSourceRegistration source)
        {
            var context = await call.Services.Sources.Client.ContextForAsync(call, source);
            List<string> parameters = [];
            if (call.Flag("details")) parameters.Add("details=true");
            if (source.IsLocalOnly) parameters.Add("local=true");
            var name = (sought.Type ?? sought.Name) is { } iri ? "/" + Uri.EscapeDataString(context.Compact(iri)) : "";
            var answer = await call.Services.Sources.Client.SendAsync(call, source, new(HttpMethod.Get, $"{path}{name}{(parameters.Count == 0 ? "" : "?" + string.Join('&', parameters))}", context));
            if (answer.Fault == SourceFault.None)
            {
                try
                {
                    List<KnownAttribute> told = [];
                    foreach (var one in PlainJson.Parse(answer.Body.Span).OneOrMany())
                    {
                        var names = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("@context", out var own) ? await call.Services.Contexts.ReadAsync(call.Tenant, own, call.Cancel) : answer.Context;
                        told.AddRange(Read(one, names).Where(k => Covers(source, k)));
                    }
                    foreach (var warning in answer.Warnings) DistributedRead.Warn(call, warning);
                    return told;
                }
                catch (Exception fault) when (fault is JsonException or NgsiLdException)
                {
                    answer = answer with { Fault = SourceFault.Invalid };
                }
            }
            DistributedRead.Warn(call, source, answer);
            return [];
        }
    }

    private static bool Covers(ContextSourceRegistration source, KnownAttribute one) => source.Information.Any(i =>
        (one.Type is null || i.Entities is null || i.Entities.Any(e => e.Types?.Contains(one.Type) != false)) && (one.Name is null || i.Attributes?.Contains(one.Name) != false));

    /// <summary>Reads one object of the data types 5.2.24 to 5.2.28.</summary>
    /// <exception cref="NgsiLdException">It is none.</exception>
    private static List<KnownAttribute> Read(JsonElement one, JsonLdContext context)
    {
        List<KnownAttribute> found = [];
        if (one.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected an object.");
        if (one.TryGetProperty("typeList", out _)) found.AddRange(Names("typeList").Select(t => new KnownAttribute(t, null, null, 0)));
        else if (one.TryGetProperty("attributeList", out _)) found.AddRange(Names("attributeList").Select(a => new KnownAttribute(null, a, null, 0)));
        else if (EntityQueryReader.Text(one, "typeName") is { } typeName)
        {
            var type = context.Expand(typeName);
            found.Add(new(type, null, null, Count("entityCount")));
            found.AddRange(Names("attributeNames").Select(a => new KnownAttribute(type, a, null, 0)));
            if (one.TryGetProperty("attributeDetails", out var details))
                foreach (var detail in details.OneOrMany()) found.AddRange(Read(detail, context).Where(a => a.Name is not null).Select(a => a with { Type = type }));
        }
        else
        {
            var attribute = context.Expand(EntityQueryReader.Text(one, "attributeName") ?? throw NgsiLdException.BadRequestData("Expected types or attributes."));
            found.Add(new(null, attribute, null, Count("attributeCount")));
            found.AddRange(Names("typeNames").Select(t => new KnownAttribute(t, attribute, null, 0)));
            found.AddRange(Texts("attributeTypes").SelectMany(told => Enum.GetValues<AttributeKind>().Where(k => k.ToString() == told)).Select(k => new KnownAttribute(null, attribute, k, 0)));
        }
        return found;

        IEnumerable<string> Names(string member) => Texts(member).Select(context.Expand);

        IEnumerable<string> Texts(string member) => !one.TryGetProperty(member, out var told) ? []
            : told.OneOrMany().Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : throw NgsiLdException.BadRequestData($"{member} is not an array of texts."));

        long Count(string member) => one.TryGetProperty(member, out var told) && told.ValueKind == JsonValueKind.Number && told.TryGetInt64(out var count) && count is > 0 and < int.MaxValue ? count : 0;
    }
}
