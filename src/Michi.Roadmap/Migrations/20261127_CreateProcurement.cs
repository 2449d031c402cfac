using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Roadmap.Migrations;

[DbContext(typeof(RoadmapDb))]
[Migration("20261127_CreateProcurement")]
internal sealed class CreateProcurement : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("roadmap_procurements", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            InitiativeId = t.Column<Guid>(),
            Facts = t.Column<string>(),
            IsDemonstration = t.Column<bool>(),
            Version = t.Column<int>(),
            CreatedAt = t.Column<long>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
        }, constraints: t => t.PrimaryKey("PK_roadmap_procurements", p => p.Id));
        migrationBuilder.CreateIndex("IX_roadmap_procurements_PlaceId", "roadmap_procurements", "PlaceId");
    }
}
