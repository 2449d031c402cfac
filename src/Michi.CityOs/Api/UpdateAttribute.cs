using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.4 Partial Attribute Update.</summary>
internal static class UpdateAttribute
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name)
    {
        call.Accept("options", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        CheckName(name);
        var part = ReadOne(call, name, body, InputNeed.Parts);
        await call.ChangeAsync(id, (current, now) => EntityEdits.UpdateAttribute(call.Gate(current, id), part, now));
        await call.DoneAsync();
    }

    /// <summary>Clauses 5.6.4.4 and 5.6.19.4: the scope is none of the attributes that can be changed alone.</summary>
    public static void CheckName(string name)
    {
        if (name == "scope") throw NgsiLdException.BadRequestData("The scope is no attribute with parts; update it by PATCH of attrs.");
    }

    /// <summary>Reads the body as one instance of the attribute of the path.</summary>
    public static EntityAttribute ReadOne(NgsiLdCall call, string name, JsonElement body, InputNeed need)
    {
        var reader = new EntityReader(call.Context, InputForm.Normalized, need);
        var iri = reader.NameOf(name);
        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("@context", out _))
            body = JsonSerializer.SerializeToElement(body.EnumerateObject().Where(m => m.Name != "@context").ToDictionary(m => m.Name, m => m.Value));
        // A replacement may come as the member of an entity it becomes.
        if (need == InputNeed.Attributes && body.ValueKind == JsonValueKind.Object && body.EnumerateObject().Count() == 1 && body.EnumerateObject().First() is var only && EntityReader.IsName(only.Name) && call.Context.Expand(only.Name) == iri) body = only.Value;
        var read = reader.ReadAttribute(iri, name, body);
        return read.Count == 1 ? read[0] : throw NgsiLdException.BadRequestData("Expected one instance of the attribute.");
    }
}
