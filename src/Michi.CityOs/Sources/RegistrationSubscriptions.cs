using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;

namespace Michi.CityOs.Sources;

/// <summary>ETSI GS CIM 009, 5.11.2 to 5.11.6: create, update, retrieve, query and delete subscriptions to registrations. They have the members of other subscriptions.</summary>
internal static class RegistrationSubscriptions
{
    public static async Task CreateAsync(NgsiLdCall call)
    {
        call.Accept();
        var body = await call.ReadBodyAsync();
        var now = call.Services.Clock.GetUtcNow();
        var id = SubscriptionInput.IdOf(body) ?? $"urn:ngsi-ld:Subscription:{Guid.CreateVersion7():N}";
        var members = SubscriptionInput.Read(body, call.Context, isFragment: false, now);
        var document = new SubscriptionDocument
        {
            Id = id,
            Context = call.Context.Source,
            Members = [.. members.Where(m => m.Value is not null).Select(m => KeyValuePair.Create(m.Name, m.Value!.Value))],
            CreatedAt = now,
            ModifiedAt = now,
        };
        await call.Services.Sources.Notifier.WriteAsync(call.Tenant, id, there => there is null ? document : throw NgsiLdException.AlreadyExists(id), call.Cancel);
        await call.CreatedAsync($"csourceSubscriptions/{id}");
    }

    public static async Task UpdateAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        if (SubscriptionInput.IdOf(body) is { } told && told != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        var now = call.Services.Clock.GetUtcNow();
        var changes = SubscriptionInput.Read(body, call.Context, isFragment: true, now);
        await call.Services.Sources.Notifier.WriteAsync(call.Tenant, id, there => (there ?? throw NgsiLdException.ResourceNotFound(id)).With(changes, call.Context.Source, now, 0), call.Cancel);
        await call.DoneAsync();
    }

    public static async Task DeleteAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        await call.Services.Sources.Notifier.WriteAsync(call.Tenant, id, there => there is null ? throw NgsiLdException.ResourceNotFound(id) : null, call.Cancel);
        await call.DoneAsync();
    }

    public static async Task RetrieveAsync(NgsiLdCall call, string id)
    {
        call.Accept("options");
        NgsiLdCall.CheckId(id);
        var hasSysAttrs = RetrieveSubscription.HasSysAttrs(call);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var body = await call.Store.FindDocumentAsync(DocumentKind.RegistrationSubscription, call.Tenant, id, call.Cancel) ?? throw NgsiLdException.ResourceNotFound(id);
        await call.WriteObjectAsync(type, json => Write(json, call, body, hasSysAttrs));
    }

    public static async Task QueryAsync(NgsiLdCall call)
    {
        call.Accept("options", "limit", "offset", "count");
        var hasSysAttrs = RetrieveSubscription.HasSysAttrs(call);
        var page = new RequestedPage(call, "csourceSubscriptions") { KeepsOrder = true };
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var all = await call.Store.ListDocumentsAsync(DocumentKind.RegistrationSubscription, call.Tenant, call.Cancel);
        page.Tell(all.Count, NgsiLdCall.LdJson);
        await call.WriteListAsync(type, page.Of(all), (json, one) => Write(json, call, one.Body, hasSysAttrs));
    }

    private static void Write(Utf8JsonWriter json, NgsiLdCall call, byte[] body, bool hasSysAttrs)
    {
        var document = SubscriptionDocument.Read(body);
        document.WriteTo(json, call.Context, call.Services.Sources.Notifier.RecordOf(call.Tenant, document.Id), call.Services.Clock.GetUtcNow(), hasSysAttrs, isOfEntities: false);
    }
}
