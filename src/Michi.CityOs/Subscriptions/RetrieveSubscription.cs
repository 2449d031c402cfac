using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.3 Retrieve Subscription.</summary>
internal static class RetrieveSubscription
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "via");
        NgsiLdCall.CheckId(id);
        var hasSysAttrs = HasSysAttrs(call);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var bytes = await call.Store.FindDocumentAsync(DocumentKind.Subscription, call.Tenant, id, call.Cancel) ?? throw NgsiLdException.ResourceNotFound(id);
        var write = await WriterAsync(call, id, bytes, hasSysAttrs);
        // Clause 4.3.6.8: nothing of a subscription has another form in earlier versions.
        if (PreferredVersion.Of(call.Request) is { } version) PreferredVersion.Tell(call, version);
        await call.WriteObjectAsync(type, write);
    }

    public static bool HasSysAttrs(NgsiLdCall call)
    {
        foreach (var option in call.Options)
            if (option != "sysAttrs") throw NgsiLdException.InvalidRequest($"The option {option} is not known here.");
        return call.Options.Count > 0;
    }

    /// <summary>Writes the members of a subscription.</summary>
    public static async ValueTask<Action<Utf8JsonWriter>> WriterAsync(NgsiLdCall call, string id, byte[] bytes, bool hasSysAttrs)
    {
        var record = await call.Services.Subscriptions.RecordAsync(call.Tenant, id, call.Cancel);
        return json => SubscriptionDocument.Read(bytes).WriteTo(json, call.Context, record, call.Services.Clock.GetUtcNow(), hasSysAttrs);
    }
}
