using System.Text;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.9.2 Register Context Source.</summary>
internal static class CreateRegistration
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept();
        var body = await call.ReadBodyAsync();
        var now = call.Services.Clock.GetUtcNow();
        var document = RegistrationDocument.Read(body, call.Context, isFragment: false, now);
        if (document["id"] is null) document.Insert(0, "id", $"urn:ngsi-ld:ContextSourceRegistration:{Guid.CreateVersion7():N}");
        document["createdAt"] = EntityWriter.Text(now);
        document["modifiedAt"] = EntityWriter.Text(now);
        var registration = RegistrationDocument.Check(document);
        if (await call.Store.FindDocumentAsync(DocumentKind.Registration, call.Tenant, registration.Id, call.Cancel) is not null) throw NgsiLdException.AlreadyExists(registration.Id);
        await CheckConflictsAsync(call, registration);
        await call.Services.Sources.WriteAsync(call.Tenant, registration.Id, there => there is null ? Bytes(document) : throw NgsiLdException.AlreadyExists(registration.Id), call.Cancel);
        await call.CreatedAsync($"csourceRegistrations/{registration.Id}");
    }

    public static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString(PlainJson.Serializer));

    /// <summary>Refuses a registration that would take away what is held here or by another source alone, clauses 4.3.6.3 and 5.9.2.4.</summary>
    public static async Task CheckConflictsAsync(NgsiLdCall call, ContextSourceRegistration registration)
    {
        if (!registration.IsProxy || !registration.IsLatest) return;
        var now = call.Services.Clock.GetUtcNow();
        var others = (await call.Services.Sources.OfAsync(call.Tenant, call.Cancel)).All.Where(o => o.Id != registration.Id && o.IsProxy && o.IsLatest && !(o.ExpiresAt <= now)).ToList();
        foreach (var other in others.Where(o => o.Mode == SourceMode.Exclusive || registration.Mode == SourceMode.Exclusive))
            if (Overlap(registration, other) is { } what) throw Conflict($"{other.Id} is {other.Mode.ToString().ToLowerInvariant()} for {what}.");
        foreach (var information in registration.Information)
            foreach (var entities in information.Entities ?? [null!])
            {
                var query = new StoreQuery
                {
                    Ids = entities?.Ids?.ToList(),
                    Types = entities?.Types?.ToList(),
                    Matches = e => entities?.Cover(e.Id, e.Types) != false && (information.Attributes is null || e.Attributes.Exists(a => information.Attributes.Contains(a.Name))),
                };
                var found = await call.Store.QueryAsync(call.Tenant, query, new(1), call.Cancel);
                if (found.Entities.Count > 0) throw Conflict($"{found.Entities[0].Id} is held here and matches the registration.");
            }
    }

    public static NgsiLdException Conflict(string detail) => new("Conflict", 409, "The request conflicts with what is there (Conflict).", detail);

    /// <summary>An entity that both are for, with an attribute that both are for; one of the two is exclusive and so names its entities.</summary>
    private static string? Overlap(ContextSourceRegistration one, ContextSourceRegistration other)
    {
        var (exclusive, second) = one.Mode == SourceMode.Exclusive ? (one, other) : (other, one);
        foreach (var information in exclusive.Information)
            foreach (var entities in information.Entities!)
                foreach (var id in entities.Ids!)
                    if (second.Covers(id, entities.Types?.ToList(), out var attributes) && (attributes is null || information.Attributes!.Overlaps(attributes))) return id;
        return null;
    }
}
