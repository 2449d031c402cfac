using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Api;

/// <summary>What became of several things asked for at once, ETSI GS CIM 009, 5.2.16 BatchOperationResult: the ids of entities where it went well, and what is wrong with the others.</summary>
internal sealed class BatchResult
{
    private readonly List<Action<Utf8JsonWriter>> _errors = [];

    public IReadOnlyCollection<string> Success { get; set; } = [];

    /// <summary>Those of them that were made.</summary>
    public IReadOnlyCollection<string> Made { get; set; } = [];

    public bool HasErrors => _errors.Count > 0;

    /// <summary>5.2.17 BatchEntityError.</summary>
    /// <param name="id">Null where it is not about one entity.</param>
    /// <param name="registration">Id of the registration of the source it comes from; null where it is of this broker.</param>
    public void Fail(string? id, NgsiLdException error, string? registration = null) => _errors.Add(json =>
    {
        json.WriteStartObject();
        if (id is not null) json.WriteString("entityId"u8, id);
        if (registration is not null) json.WriteString("registrationId"u8, registration);
        json.WritePropertyName("error"u8);
        error.WriteTo(json);
        json.WriteEndObject();
    });

    /// <summary>An error a source told, in its own words.</summary>
    public void Fail(JsonElement error) => _errors.Add(error.WriteTo);

    /// <summary>204 where all went well, 201 with the ids of what was made, 207 with both lists where something did not.</summary>
    public Task AnswerAsync(NgsiLdCall call)
    {
        if (HasErrors) return AnswerInPartAsync(call);
        if (Made.Count == 0) return call.DoneAsync();
        return call.WriteAsync(NgsiLdCall.Json, json => JsonSerializer.Serialize(json, Made), StatusCodes.Status201Created, hasContext: false);
    }

    /// <summary>207 with both lists.</summary>
    public Task AnswerInPartAsync(NgsiLdCall call) => call.WriteAsync(
        NgsiLdCall.Json,
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("success"u8);
            foreach (var id in Success) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteStartArray("errors"u8);
            foreach (var write in _errors) write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        },
        StatusCodes.Status207MultiStatus,
        hasContext: false);
}
